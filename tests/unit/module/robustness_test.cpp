// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "module/limits.hpp"
#include "platform/sim/bench.hpp"

namespace xl::platform::sim {
namespace {

std::string noise(std::size_t bytes, std::uint32_t seed) {
  SeededRandom random(seed);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random.next() >> 24);
  return text;
}

TEST(Module, SurvivesAMegabyteOfSerialGarbage) {
  Bench bench;
  for (std::uint32_t seed = 1; seed <= 16; ++seed) bench.type(noise(64 * 1024, seed));
  bench.type("\r");
  EXPECT_EQ(bench.command("AT"), "OK");
}

TEST(Module, SurvivesMutatedCommands) {
  Bench bench;
  SeededRandom random(5);
  const std::vector<std::string> lines{"AT+CONF Topic1=abc", "AT+CONF? RootCA pem", "AT+SEND1 payload\\A", "AT+CONNECT",
                                       "AT+GET16",           "AT+CONF RootCA=pem",  "AT+SUBSCRIBE1",       "AT+EVENT?"};
  for (int i = 0; i < 20'000; ++i) {
    std::string line = lines[random.next() % lines.size()];
    for (std::uint32_t edits = random.next() % 3; edits > 0; --edits) {
      line[random.next() % line.size()] = static_cast<char>(random.next() >> 24);
    }
    bench.type(line + "\r");
    bench.advance(module::ports::Millis(200));
  }
  bench.type("\r-----END CERTIFICATE-----\r");
  EXPECT_EQ(bench.command("AT"), "OK");
}

TEST(Module, SurvivesAHostileBroker) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    Bench bench;
    bench.connect();
    bench.broker.send_raw(noise(2000, seed));
    bench.settle();
    EXPECT_EQ(bench.command("AT"), "OK");
    EXPECT_TRUE(bench.command("AT+CONNECT?").starts_with("OK "));
  }
}

TEST(Module, HoldsWhatTheHostTypesDuringConnectAndReportsWhatItLost) {
  Bench bench;
  bench.link.state_now = module::ports::NetworkLink::State::joining;
  EXPECT_EQ(bench.type("AT+CONNECT\r"), "");
  EXPECT_EQ(bench.type("AT\rAT+SEND1 " + std::string(2 * module::kHeldInputBytes, 'x') + "\r"), "");
  bench.link.state_now = module::ports::NetworkLink::State::up;
  bench.advance(module::ports::Millis(200));
  EXPECT_EQ(bench.uart.take(), "OK 1 CONNECTED\r\nOK\r\nERR1 OVERFLOW\r\n");
  EXPECT_EQ(bench.command("AT"), "OK");
}

TEST(Module, ReportsMessagesTooLargeForItAndGoesOn) {
  Bench bench;
  bench.connect();
  bench.broker.publish("huge", std::string(120'000, 'x'), 1);
  bench.broker.publish("small", "y", 1);
  bench.settle();
  EXPECT_EQ(bench.broker.acknowledged.size(), 2U);
  EXPECT_EQ(bench.next_event(), "OK 4 0 OVERRUN huge");
  EXPECT_EQ(bench.next_event(), "OK 1 0 MSG");
  EXPECT_EQ(bench.command("AT+GET"), "OK1 small\r\ny");
}

TEST(Module, RefusesQualityOfServiceTwo) {
  Bench bench;
  bench.connect();
  bench.broker.publish("t", "x", 2);
  bench.settle();
  EXPECT_EQ(bench.next_event(), "OK 3 0 CONLOST");
}

TEST(Module, NeverSpeaksUnasked) {
  Bench bench;
  bench.connect();
  bench.broker.publish("t", "x");
  bench.broker.drop();
  bench.settle();
  bench.advance(std::chrono::minutes(10));
  EXPECT_EQ(bench.uart.take(), "");
}

TEST(Module, ForgetsHalfALineAtAReset) {
  Bench bench;
  EXPECT_EQ(bench.type("AT+CONF RootCA=pem\r-----BEGIN"), "");
  bench.reset_pin();
  EXPECT_EQ(bench.type("AT+CONN"), "");
  bench.reset_pin();
  EXPECT_EQ(bench.command("AT"), "OK");
}

TEST(Module, TellsWhenATransportTakesNothing) {
  Bench bench;
  bench.command("AT+CONF Topic1=t");
  bench.connect();
  bench.transport.is_blocked = true;
  EXPECT_EQ(bench.command("AT+SEND1 x"), "ERR6 NO CONNECTION");
}

TEST(Module, RejoinsWithTheCredentialsOfTheDictionary) {
  Bench bench;
  bench.command("AT+CONF SSID=home");
  bench.command("AT+CONF Passphrase=secret");
  EXPECT_EQ(bench.command("AT+CONNECT"), "OK 1 CONNECTED");
  EXPECT_EQ(bench.link.joined_ssid, "home");
  EXPECT_EQ(bench.link.joined_passphrase, "secret");
}

TEST(Module, HasAnAccessPointNameInsteadOfWifiKeysOnACellularModel) {
  Bench bench(false);
  EXPECT_EQ(bench.command("AT+CONF APN=internet"), "OK");
  EXPECT_EQ(bench.command("AT+CONF? APN"), "OK internet");
  EXPECT_EQ(bench.command("AT+CONF? SSID"), "ERR11 UNKNOWN KEY");
  EXPECT_EQ(bench.command("AT+CONF Passphrase=x"), "ERR11 UNKNOWN KEY");
}

TEST(Module, HasNoConfmodeOnACellularModel) {
  Bench bench(false);
  bench.provisioner.can_start = true;
  EXPECT_EQ(bench.command("AT+CONFMODE"), "ERR17 MODE NOT AVAILABLE");
  EXPECT_FALSE(bench.enter_credentials("home", "its-secret"));
}

TEST(Module, KeepsTheOldNetworkWhenNewCredentialsCannotBeStored) {
  Bench bench;
  bench.provisioner.can_start = true;
  bench.command("AT+CONF SSID=before");
  bench.command("AT+CONF Passphrase=old-secret");
  EXPECT_EQ(bench.command("AT+CONFMODE"), "OK CONFMODE ENABLED");
  EXPECT_FALSE(bench.enter_credentials(std::string(33, 's'), "new-secret"));
  EXPECT_EQ(bench.storage.values["Passphrase"], "old-secret");
  bench.storage.is_broken = true;
  EXPECT_FALSE(bench.enter_credentials("home", "new-secret"));
  bench.storage.is_broken = false;
  EXPECT_EQ(bench.storage.values["Passphrase"], "old-secret");
  EXPECT_EQ(bench.storage.values["SSID"], "before");
  EXPECT_TRUE(bench.enter_credentials("home", "new-secret"));
}

TEST(Module, LogsInAsItsThing) {
  Bench bench;
  bench.connect();
  ASSERT_TRUE(bench.broker.login);
  EXPECT_EQ(bench.broker.login->client_id, kThingName);
  EXPECT_TRUE(bench.broker.login->clean_session);
  EXPECT_EQ(bench.transport.port, 8883);
  bench.command("AT+DISCONNECT");
  EXPECT_TRUE(bench.broker.saw_disconnect);
}

}  // namespace
}  // namespace xl::platform::sim
