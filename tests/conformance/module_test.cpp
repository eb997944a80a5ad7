// SPDX-License-Identifier: Apache-2.0
// Checks of the guide that need more than a transcript can say.
#include <gtest/gtest.h>

#include <string>

#include "at/error.hpp"
#include "module/limits.hpp"
#include "platform/sim/bench.hpp"

namespace xl::platform::sim {
namespace {

/// `AT+CONF CustomName=` and so on, `bytes` long after `AT+`.
std::string send_of(std::size_t bytes) {
  const std::string start = "SEND1 ";
  return "AT+" + start + std::string(bytes - start.size(), 'x');
}

// conformance: 32
TEST(Conformance, TakesACommandOfNineKibibytes) {
  Bench bench;
  bench.command("AT+CONF Topic1=t");
  bench.connect();
  EXPECT_EQ(bench.command(send_of(9 * 1024)), "OK");
  ASSERT_EQ(bench.broker.published.size(), 1U);
  EXPECT_EQ(bench.broker.published[0].payload.size(), 9 * 1024 - 6);
}

// conformance: 33 34
TEST(Conformance, DiscardsALongerCommandWhole) {
  Bench bench;
  bench.command("AT+CONF Topic1=t");
  bench.connect();
  EXPECT_EQ(bench.type(send_of(9 * 1024 + 1)), "");
  EXPECT_EQ(bench.type("AT+CONF CustomName=x\r"), "ERR1 OVERFLOW\r\n");
  EXPECT_EQ(bench.command("AT"), "OK");
  EXPECT_TRUE(bench.broker.published.empty());
  EXPECT_EQ(bench.command("AT+CONF? CustomName"), "OK");
}

// conformance: 136
TEST(Conformance, RefusesValuesLongerThanTheirBuffer) {
  Bench bench;
  const std::string longest(128, 'n');
  EXPECT_EQ(bench.command("AT+CONF CustomName=" + longest), "OK");
  EXPECT_EQ(bench.command("AT+CONF CustomName=" + longest + "x"), "ERR4 PARAMETER ERROR");
  EXPECT_EQ(bench.command("AT+CONF? CustomName"), "OK " + longest);
}

// conformance: 42
TEST(Conformance, GivesEveryErrorItsText) {
  for (unsigned code = 1; code <= 28; ++code) {
    const auto text = at::text(static_cast<at::AtError>(code));
    EXPECT_EQ(text.empty(), code == 22) << code;
  }
}

// conformance: 165
TEST(Conformance, DropsTheOldestEvent) {
  Bench bench;
  bench.command("AT+CONF Topic1=first");
  bench.connect();
  bench.broker.publish("first", "x");
  for (std::size_t i = 0; i < module::kEventsMax; ++i) bench.broker.publish("other", "x");
  bench.settle();
  for (std::size_t i = 0; i < module::kEventsMax; ++i) EXPECT_EQ(bench.next_event(), "OK 1 0 MSG") << i;
  EXPECT_EQ(bench.next_event(), "OK");
}

// conformance: 41
TEST(Conformance, AnswersConnectWithin120SecondsWhereverItStops) {
  for (int step = 0; step < 4; ++step) {
    Bench bench;
    bench.onboard();
    auto& manners = bench.broker.manners;
    if (step == 0) bench.link.state_now = module::ports::NetworkLink::State::joining;
    if (step == 1) manners.is_silent = true;
    if (step == 2) manners.withholds_subacks = true;
    if (step == 3) manners.withholds_pubacks = true;
    EXPECT_EQ(bench.type("AT+CONNECT\r"), "");
    bench.advance(std::chrono::seconds(120));
    EXPECT_TRUE(bench.uart.take().starts_with("ERR14 ")) << step;
  }
}

// conformance: 154
TEST(Conformance, TakesALongBase64LineTypedIn) {
  Bench bench;
  const std::string base64(1600, 'Q');
  EXPECT_EQ(bench.type("AT+CONF RootCA=pem\r\n" + pem(base64)), "OK\r\n");
  EXPECT_EQ(bench.command("AT+CONF? RootCA pem"),
            "OK3 pem\r\n-----BEGIN CERTIFICATE-----\r\n" + base64 + "\r\n-----END CERTIFICATE-----");
}

TEST(Conformance, DiscardsACertificateLongerThanItsBuffer) {
  Bench bench;
  EXPECT_EQ(bench.type("AT+CONF RootCA=PEM\r\n" + pem(std::string(20'000, 'Q'))), "ERR1 OVERFLOW\r\n");
  EXPECT_EQ(bench.type("AT+CONF RootCA=PEM\r\n" + pem(std::string(8 * 1024 - 45, 'Q'))), "ERR1 OVERFLOW\r\n")
      << "also when the last line crosses the end of the buffer";
  EXPECT_EQ(bench.type("AT+CONF HOTAcertificate=PEM\r\n" + pem(std::string(5'000, 'Q'))), "ERR4 PARAMETER ERROR\r\n");
  EXPECT_EQ(bench.command("AT"), "OK");
}

// conformance: 204
TEST(Conformance, EndsAnUpdateOverTheWireWithTheResetPin) {
  Bench bench;
  bench.has_images = true;
  bench.power_cycle();
  EXPECT_EQ(bench.command("AT+OTW"), "OK");
  EXPECT_EQ(bench.type(simulated_image(5'000).substr(0, 2'048)), "OK\r\n");
  bench.reset_pin();
  EXPECT_EQ(bench.next_event(), "OK 2 0 STARTUP");
  EXPECT_EQ(bench.command("AT+CONF? Version"), "OK 1.2.3");
  EXPECT_FALSE(bench.images.announced);
  EXPECT_EQ(bench.images.restarts, 0U);
}

}  // namespace
}  // namespace xl::platform::sim
