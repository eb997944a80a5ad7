// SPDX-License-Identifier: Apache-2.0
// AT+OTW, guide 8.13: blocks between the UART and the image store.
#include <gtest/gtest.h>

#include <string>

#include "platform/sim/bench.hpp"

namespace xl::platform::sim {
namespace {

using namespace std::chrono_literals;

class Otw : public ::testing::Test {
 protected:
  Otw() {
    bench.has_images = true;
    bench.power_cycle();
    bench.drain_events();
  }

  /// Sends the image block by block; what the module wrote, as one text.
  std::string send(const std::string& image, std::size_t block_bytes = 2048) {
    std::string said;
    for (std::size_t at = 0; at < image.size(); at += block_bytes) said += bench.type(image.substr(at, block_bytes));
    return said;
  }
  std::string begin(std::size_t size, std::size_t block_bytes) {
    return bench.command("AT+OTW " + std::to_string(size) + "," + std::to_string(block_bytes));
  }
  void expect_listens() {
    EXPECT_EQ(bench.command("AT"), "OK");
    EXPECT_FALSE(bench.images.announced);
    EXPECT_EQ(bench.images.restarts, 0U);
    EXPECT_EQ(bench.images.active, "");
  }

  Bench bench;
};

TEST_F(Otw, AnswersEachBlockAndRestartsWithWhatWasSent) {
  const std::string image = simulated_image(5000);
  bench.command("AT+CONF Topic1=t");
  EXPECT_EQ(begin(5000, 2048), "OK");
  EXPECT_EQ(send(image), "OK\r\nOK\r\nOK\r\nOK COMPLETE\r\n");
  EXPECT_EQ(bench.images.active, image);
  EXPECT_EQ(bench.images.restarts, 1U);
  EXPECT_EQ(bench.images.signer, bench.identity.factory_ota_certificate);
  bench.reset_pin();
  EXPECT_EQ(bench.next_event(), "OK 2 0 STARTUP");
  EXPECT_EQ(bench.next_event(), "OK");
  EXPECT_EQ(bench.command("AT+CONF? Topic1"), "OK");
}

TEST_F(Otw, TakesBlocksOf2048BytesUnlessToldOtherwise) {
  EXPECT_EQ(bench.command("AT+OTW 4096"), "OK");
  EXPECT_EQ(send(simulated_image(4096)), "OK\r\nOK\r\nOK COMPLETE\r\n");
}

TEST_F(Otw, ReadsTheSizeFromTheImageWhenTheHostNamesNone) {
  EXPECT_EQ(bench.command("AT+OTW"), "OK");
  const std::string image = simulated_image(2049);
  EXPECT_EQ(send(image), "OK\r\nOK\r\nOK COMPLETE\r\n");
  EXPECT_EQ(bench.images.active, image);
}

TEST_F(Otw, TakesTheLineFeedBehindTheCommandForItsEnd) {
  EXPECT_EQ(bench.type("AT+OTW 100,50\r\n"), "OK\r\n");
  EXPECT_EQ(send(simulated_image(100), 50), "OK\r\nOK\r\nOK COMPLETE\r\n");
}

TEST_F(Otw, TakesBytesAsTheyCome) {
  ASSERT_EQ(begin(300, 128), "OK");
  EXPECT_EQ(send(simulated_image(300), 7), "OK\r\nOK\r\nOK\r\nOK COMPLETE\r\n");
  EXPECT_EQ(bench.images.active, simulated_image(300));
}

TEST_F(Otw, HearsNothingBetweenTheLastBlockAndTheNextStart) {
  ASSERT_EQ(begin(100, 100), "OK");
  EXPECT_EQ(bench.type(simulated_image(100) + "AT\r"), "OK\r\nOK COMPLETE\r\n");
  EXPECT_EQ(bench.command("AT"), "");
  bench.reset_pin();
  EXPECT_EQ(bench.command("AT"), "OK");
}

TEST_F(Otw, ReadsCommandsAgainBehindTheLastBlockOfARefusedImage) {
  ASSERT_EQ(begin(100, 100), "OK");
  EXPECT_EQ(bench.type(simulated_image(100, "BAD") + "AT\r"), "OK\r\nERR21 INVALID OTA UPDATE damaged\r\nOK\r\n");
  expect_listens();
}

TEST_F(Otw, RefusesAForeignSignature) {
  ASSERT_EQ(begin(100, 100), "OK");
  EXPECT_EQ(send(simulated_image(100, "", "FORGED")), "OK\r\nERR23 INVALID SIGNATURE\r\n");
  expect_listens();
}

TEST_F(Otw, RefusesAnImageOfAnotherSizeThanTheHostNames) {
  ASSERT_EQ(begin(90, 100), "OK");
  EXPECT_EQ(send(simulated_image(100).substr(0, 90)), "OK\r\nERR21 INVALID OTA UPDATE damaged\r\n");
  expect_listens();
}

TEST_F(Otw, RefusesWhatIsNoImageOnceItsBlockHasCome) {
  ASSERT_EQ(bench.command("AT+OTW"), "OK");
  const std::string noise(2047, '\r');
  EXPECT_EQ(bench.type(noise), "");
  EXPECT_EQ(bench.type("A"), "ERR21 INVALID OTA UPDATE damaged\r\n");
  expect_listens();
}

TEST_F(Otw, RefusesAnImageThatEndsBeforeItsHeadDoes) {
  ASSERT_EQ(bench.command("AT+OTW"), "OK");
  std::string image = simulated_image(2048);
  image.replace(5, 11, "00000000002");
  EXPECT_EQ(bench.type(image), "ERR21 INVALID OTA UPDATE damaged\r\n");
  expect_listens();
}

TEST_F(Otw, RefusesAnImageThatSaysItIsLongerThanAHostMayName) {
  bench.images.room = UINT32_MAX;
  for (const auto* size : {"00134217729", "04294967295"}) {
    ASSERT_EQ(bench.command("AT+OTW"), "OK");
    std::string image = simulated_image(2048);
    image.replace(5, 11, size);
    EXPECT_EQ(bench.type(image), "ERR21 INVALID OTA UPDATE damaged\r\n") << size;
    expect_listens();
  }
}

TEST_F(Otw, RefusesWhatDoesNotFit) {
  bench.images.room = 5000;
  EXPECT_EQ(bench.command("AT+OTW 5001"), "ERR21 INVALID OTA UPDATE no room");
  expect_listens();
  ASSERT_EQ(bench.command("AT+OTW"), "OK");
  EXPECT_EQ(send(simulated_image(6000).substr(0, 2048)), "ERR21 INVALID OTA UPDATE no room\r\n");
  expect_listens();
  ASSERT_EQ(bench.command("AT+OTW 5000"), "OK");
  bench.images.room = 3000;  // somebody else has filled it meanwhile
  EXPECT_EQ(send(simulated_image(5000).substr(0, 4096)), "OK\r\nERR21 INVALID OTA UPDATE no room\r\n");
  expect_listens();
}

TEST_F(Otw, KeepsTheOldFirmwareWhenTheNewOneCannotBeMadeTheNext) {
  bench.images.can_activate = false;
  ASSERT_EQ(begin(100, 100), "OK");
  EXPECT_EQ(send(simulated_image(100)), "OK\r\nERR21 INVALID OTA UPDATE no room\r\n");
  expect_listens();
}

TEST_F(Otw, EndsWithTheResetPin) {
  ASSERT_EQ(begin(5000, 2048), "OK");
  EXPECT_EQ(bench.type(simulated_image(5000).substr(0, 3000)), "OK\r\n");
  bench.reset_pin();
  expect_listens();
  EXPECT_EQ(bench.images.aborts, 1U);
  EXPECT_EQ(bench.next_event(), "OK 2 0 STARTUP");
}

TEST_F(Otw, GivesUpAHostThatFallsSilent) {
  ASSERT_EQ(begin(5000, 2048), "OK");
  bench.type(simulated_image(5000).substr(0, 2000));
  bench.advance(29s);
  EXPECT_EQ(bench.type(simulated_image(5000).substr(2000, 48)), "OK\r\n");
  bench.advance(29s);
  EXPECT_EQ(bench.uart.take(), "");
  bench.advance(1s);
  EXPECT_EQ(bench.uart.take(), "ERR21 INVALID OTA UPDATE nothing came any more\r\n");
  EXPECT_EQ(bench.images.aborts, 1U);
  expect_listens();
  bench.advance(60s);
  EXPECT_EQ(bench.uart.take(), "");
}

TEST_F(Otw, RefusesSizesThatAreNone) {
  for (const auto* parameter :
       {"0", "x", "-1", "1.5", "100,0", "100,x", "100,", ",100", "100,9217", "134217729", "99999999999", "100,1,1"}) {
    EXPECT_EQ(bench.command("AT+OTW " + std::string(parameter)), "ERR4 PARAMETER ERROR") << parameter;
  }
  expect_listens();
}

TEST_F(Otw, TakesTheLargestBlock) {
  ASSERT_EQ(begin(20000, 9216), "OK");
  EXPECT_EQ(send(simulated_image(20000), 9216), "OK\r\nOK\r\nOK\r\nOK COMPLETE\r\n");
}

TEST_F(Otw, WantsAnOtaCertificate) {
  bench.identity.factory_ota_certificate = {};
  bench.power_cycle();
  EXPECT_EQ(bench.command("AT+OTW 100"), "ERR23 INVALID SIGNATURE OTAcertificate is empty");
  bench.type("AT+CONF OTAcertificate=pem\r" + pem("T1RC"));
  EXPECT_EQ(bench.command("AT+OTW 100"), "OK");
  send(simulated_image(100));
  EXPECT_EQ(bench.images.signer, pem("T1RC"));
}

TEST_F(Otw, LeavesTheConnectionAloneUntilTheRestart) {
  bench.connect();
  ASSERT_EQ(begin(100, 50), "OK");
  bench.broker.publish(std::string(kThingName) + "/x", "meanwhile");
  EXPECT_EQ(bench.type(simulated_image(100).substr(0, 50)), "OK\r\n");
  EXPECT_TRUE(bench.transport.is_open);
  bench.type(simulated_image(100).substr(50));
  EXPECT_FALSE(bench.transport.is_open);
}

TEST(OtwOfAModelWithoutRoom, IsNoCommand) {
  Bench bench;
  EXPECT_EQ(bench.command("AT+OTW 100"), "ERR3 COMMAND NOT FOUND");
}

}  // namespace
}  // namespace xl::platform::sim
