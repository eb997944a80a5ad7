// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/connect.hpp"

#include "support.hpp"

namespace xl::quickconnect::test {

struct Connect : testing::Test {
  ScriptedPort port;
  AtClient at{port};
  Module module{at};
  FakeTerminal terminal;
};

TEST_F(Connect, GivesTheModuleItsNetworkAndForgetsOldEvents) {
  port.expect("AT", "OK\r\n")
      .expect("AT+CONF? About", "OK Open ExpressLink - Linux-1\r\n")
      .expect("AT+CONF? ThingName", "OK 123e4567\r\n")
      .expect("AT+CONNECT?", "OK 0 0 DISCONNECTED STAGING\r\n")
      .expect("AT+CONF SSID=home", "OK\r\n")
      .expect("AT+CONF Passphrase=a\\\\b", "OK\r\n")
      .expect("AT+EVENT?", "OK 2 0 STARTUP\r\n")
      .expect("AT+EVENT?", "OK\r\n");
  EXPECT_EQ(set_up(module, {"/dev/x", "home", "a\\b"}, terminal).value(), "123e4567");
  EXPECT_TRUE(port.is_finished());
}

TEST_F(Connect, GoesOnWithoutWiFiKeysOnAModelWithoutWiFi) {
  port.expect("AT", "OK\r\n")
      .expect("AT+CONF? About", "OK kit\r\n")
      .expect("AT+CONF? ThingName", "OK t\r\n")
      .expect("AT+CONNECT?", "OK 0 0 DISCONNECTED STAGING\r\n")
      .expect("AT+CONF SSID=home", "ERR11 UNKNOWN KEY\r\n")
      .expect("AT+EVENT?", "OK\r\n");
  EXPECT_TRUE(set_up(module, {"/dev/x", "home", "secret"}, terminal));
}

TEST_F(Connect, RefusesAnOnboardedModule) {
  port.expect("AT", "OK\r\n")
      .expect("AT+CONF? About", "OK kit\r\n")
      .expect("AT+CONF? ThingName", "OK t\r\n")
      .expect("AT+CONNECT?", "OK 0 1 DISCONNECTED CUSTOMER\r\n");
  const auto result = set_up(module, {"/dev/x", "", ""}, terminal);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().detail.find("AT+FACTORY_RESET"), std::string::npos);
}

TEST_F(Connect, NeverShowsThePassphrase) {
  port.expect("AT", "OK\r\n")
      .expect("AT+CONF? About", "OK kit\r\n")
      .expect("AT+CONF? ThingName", "OK t\r\n")
      .expect("AT+CONNECT?", "OK 0 0 DISCONNECTED STAGING\r\n")
      .expect("AT+CONF Passphrase=hunter2", "ERR4 PARAMETER ERROR\r\n");
  const auto result = set_up(module, {"/dev/x", "", "hunter2"}, terminal);
  EXPECT_EQ((result.error().detail + terminal.said + terminal.progressed).find("hunter2"), std::string::npos);
}

TEST_F(Connect, NamesThePortWhenNoModuleIsThere) {
  port.otherwise = [](const std::string&) { return ""; };
  EXPECT_NE(set_up(module, {"/dev/x", "", ""}, terminal).error().detail.find("/dev/x"), std::string::npos);
}

TEST_F(Connect, WaitsWhileTheModuleBacksOff) {
  port.expect("AT+CONNECT", "ERR14 1 UNABLE TO CONNECT\r\n")
      .expect("AT+CONNECT", "ERR14 1 UNABLE TO CONNECT\r\n")
      .expect("AT+CONNECT", "OK 1 CONNECTED\r\n");
  EXPECT_TRUE(connect(module, terminal));
  EXPECT_EQ(terminal.waited, std::chrono::seconds(3));
}

TEST_F(Connect, ExplainsEveryHint) {
  const std::pair<int, std::string> hints[] = {
      {2, "SSID"}, {3, "endpoint cannot be reached"}, {4, "secure connection"}, {5, "login"}, {6, "jobs"}};
  for (const auto& [hint, words] : hints) {
    port.expect("AT+CONNECT", "ERR14 " + std::to_string(hint) + " UNABLE TO CONNECT\r\n");
    EXPECT_NE(connect(module, terminal).error().detail.find(words), std::string::npos) << hint;
  }
  port.expect("AT+CONNECT", "ERR25 NOT ALLOWED\r\n").expect("AT+CONNECT", "ERR14 \r\n");
  EXPECT_FALSE(connect(module, terminal));
  EXPECT_FALSE(connect(module, terminal));
}

}  // namespace xl::quickconnect::test
