// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/demo.hpp"

#include "support.hpp"

namespace xl::quickconnect::test {

struct DemoRun : testing::Test {
  ScriptedPort port;
  AtClient at{port};
  Module module{at};
  FakeTerminal terminal;
  std::deque<std::string> connect_replies;
  std::deque<std::string> events;
  std::string send_reply = "OK";
  bool onboarded = false;
  DemoRun() {
    port.otherwise = [this](const std::string& command) {
      if (command == "AT+CONNECT") return next(connect_replies);
      if (command == "AT+EVENT?") return next(events);
      if (command == "AT+CONNECT?") return "OK 0 " + std::string(onboarded ? "1" : "0") + " DISCONNECTED X\r\n";
      if (command == "AT+CONF? Endpoint") return std::string("OK oem.example\r\n");
      if (command == "AT+GET0") return std::string("OK1 t/expresslink_config\r\n{\"Endpoint\":\"oem.example\"}\r\n");
      if (command == "AT+GET2") return std::string("OK led on\r\n");
      return command.starts_with("AT+SEND1 ") ? send_reply + "\r\n" : std::string("OK\r\n");
    };
  }
  static std::string next(std::deque<std::string>& replies) {
    if (replies.empty()) return "OK\r\n";
    const std::string reply = replies.front();
    replies.pop_front();
    return reply + "\r\n";
  }
  bool was_sent(const std::string& command) const { return std::ranges::count(port.commands, command) > 0; }
};

TEST_F(DemoRun, SendsSamplesAndShowsCommands) {
  events = {"OK 1 2 MSG"};
  const auto result = run_demo(module, terminal, std::chrono::seconds(1));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->sent, 1);
  EXPECT_EQ(result->failed, 0);
  EXPECT_EQ(terminal.said, "command: led on\n");
}

TEST_F(DemoRun, ConnectsAgainWhenTheCloudWasAwayForAWhile) {
  events = {"OK 3 0 CONLOST"};
  connect_replies = {"ERR14 3 UNABLE TO CONNECT", "ERR14 1 UNABLE TO CONNECT", "OK 1 CONNECTED"};
  const auto result = run_demo(module, terminal, std::chrono::seconds(1));
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_TRUE(connect_replies.empty());
  EXPECT_TRUE(was_sent("AT+CONF Topic1=data"));
  EXPECT_TRUE(was_sent("AT+SUBSCRIBE2"));
}

TEST_F(DemoRun, EndsWhenTheModuleIsOnboardedMeanwhile) {
  onboarded = true;
  events = {"OK 1 0 MSG", "OK 3 0 CONLOST"};
  const auto result = run_demo(module, terminal, std::chrono::seconds(1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::conflict);
  EXPECT_NE(result.error().detail.find("oem.example"), std::string::npos);
  EXPECT_NE(terminal.said.find("message on t/expresslink_config: {\"Endpoint\""), std::string::npos);
  EXPECT_FALSE(was_sent("AT+CONNECT"));
}

TEST_F(DemoRun, ObeysTheCommandsOfThePage) {
  events = {"OK 1 2 MSG"};
  ASSERT_TRUE(run_demo(module, terminal, std::chrono::seconds(2)));
  const auto tells_led_on = [](const std::string& command) {
    return command.find("\"led\":true") != std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(port.commands, tells_led_on), 1);
}

TEST_F(DemoRun, CountsWhatWasNotSent) {
  send_reply = "ERR4 PARAMETER ERROR";
  const auto result = run_demo(module, terminal, std::chrono::seconds(1));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->failed, 1);
}

TEST_F(DemoRun, EndsWhenTheModuleIsSilent) {
  port.otherwise = [](const std::string&) { return ""; };
  EXPECT_EQ(run_demo(module, terminal, std::chrono::seconds(1)).error().code, Errc::unavailable);
}

}  // namespace xl::quickconnect::test
