// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/invitation.hpp"

#include "crypto/digest.hpp"
#include "quickconnect/demo.hpp"
#include "support.hpp"

namespace xl::quickconnect::test {
namespace {

/// A module on a cloud that answers `answer` to an invitation.
struct Cloud {
  std::string answer = R"({"url":"http:\/\/127.0.0.1:8080"})";
  std::string hash;
  std::deque<std::string> events;
  std::string operator()(const std::string& command) {
    if (command.starts_with("AT+SUBSCRIBE")) events.push_back("8 " + command.substr(12) + " SUBACK");
    if (command.starts_with("AT+SEND3 ")) {
      hash = json_text_member(command.substr(9), "viewer").value_or("");
      events.push_back("1 4 MSG");
    }
    if (command == "AT+GET4") return "OK " + answer + "\r\n";
    if (command == "AT+EVENT?" && !events.empty()) {
      const std::string event = events.front();
      events.pop_front();
      return "OK " + event + "\r\n";
    }
    return "OK\r\n";
  }
};

}  // namespace

struct Invitation : testing::Test {
  ScriptedPort port;
  AtClient at{port};
  Module module{at};
  FakeTerminal terminal;
  Cloud cloud;
  Invitation() {
    port.otherwise = [this](const std::string& command) { return cloud(command); };
  }
};

TEST_F(Invitation, PrintsTheAddressWithTheSecretWhoseHashTheCloudKnows) {
  const auto url = invite_viewer(module, "abc-1", terminal);
  ASSERT_TRUE(url) << url.error().detail;
  const std::string start = "http://127.0.0.1:8080/q/abc-1#";
  ASSERT_TRUE(url->starts_with(start)) << *url;
  const std::string secret = url->substr(start.size());
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(crypto::sha256_hex(secret), cloud.hash);
}

TEST_F(Invitation, NeverSendsTheSecretItself) {
  const auto url = invite_viewer(module, "abc-1", terminal);
  const std::string secret = url->substr(url->find('#') + 1);
  for (const std::string& command : port.commands) EXPECT_EQ(command.find(secret), std::string::npos);
}

TEST_F(Invitation, DistrustsTheAddress) {
  const std::vector<std::string> answers{"",
                                         "{}",
                                         "{'url':5}",
                                         "{'url':'javascript:alert(1)'}",
                                         "{'url':'http://x#y'}",
                                         "{'url':'http://x\\u001b[2J'}",
                                         "{'url':'http://x"};
  for (std::string answer : answers) {
    std::ranges::replace(answer, '\'', '"');
    cloud.answer = answer;
    EXPECT_FALSE(invite_viewer(module, "abc-1", terminal)) << answer;
  }
}

TEST_F(Invitation, SaysSoWhenTheCloudIsSilentOrRefuses) {
  port.otherwise = [](const std::string&) { return "OK\r\n"; };
  EXPECT_EQ(invite_viewer(module, "abc-1", terminal).error().code, Errc::unavailable);
  port.otherwise = [](const std::string& command) { return command == "AT+EVENT?" ? "OK 9 4 SUBNACK\r\n" : "OK\r\n"; };
  EXPECT_EQ(invite_viewer(module, "abc-1", terminal).error().code, Errc::unavailable);
}

TEST_F(Invitation, CommandsCannotPlayWithTheTerminal) {
  port.expect("AT+GET2", "OK led on \x1b[2J\\A\\D\xe2\x82\xac\xff\r\n");
  ASSERT_TRUE(show_event(module, terminal, {Event::kMsg, 2, "MSG"}));
  EXPECT_EQ(terminal.said, "command: led on \\x1b[2J\\x0a\\x0d\xe2\x82\xac\\xff\n");
}

TEST_F(Invitation, ALostConnectionIsReported) {
  EXPECT_FALSE(show_event(module, terminal, {Event::kConLost, 0, "CONLOST"}).value().is_connected);
  EXPECT_TRUE(show_event(module, terminal, {Event::kSubAck, 2, "SUBACK"}).value().is_connected);
}

TEST(SampleTelemetry, IsPlainJson) {
  EXPECT_EQ(sample_telemetry(0, true), R"({"temperature":21.50,"humidity":54.0,"light":550,"led":true})");
}

}  // namespace xl::quickconnect::test
