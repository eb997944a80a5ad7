// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/at_client.hpp"

#include "support.hpp"

namespace xl::quickconnect::test {

TEST(AtClient, ReadsRepliesThatArriveByteByByte) {
  ScriptedPort port;
  port.chunk = 1;
  port.expect("AT+CONF? About", "OK Open ExpressLink - Linux-1\r\n");
  const auto reply = AtClient(port).run("AT+CONF? About");
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->is_ok());
  EXPECT_EQ(reply->detail, "Open ExpressLink - Linux-1");
}

TEST(AtClient, ReadsTheLinesThatTheReplyAnnounces) {
  ScriptedPort port;
  port.expect("AT+GET", "OK1 data\r\nhello\r\n").expect("AT+GET", "OK1 data\r\n\r\n").expect("AT", "OK\r\n");
  AtClient at(port);
  const auto message = at.run("AT+GET");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->text(), "OK1 data\nhello");
  const auto empty = at.run("AT+GET");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->lines, std::vector<std::string>{""});
  EXPECT_TRUE(at.run("AT")->detail.empty());
}

TEST(AtClient, ReportsTheNumberOfAnError) {
  ScriptedPort port;
  port.expect("AT+CONNECT", "ERR14 3 UNABLE TO CONNECT Invalid Endpoint?\r\n");
  const auto reply = AtClient(port).run("AT+CONNECT");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error, 14);
  EXPECT_EQ(reply->detail, "3 UNABLE TO CONNECT Invalid Endpoint?");
}

TEST(AtClient, SendsRawBytesAsTheyAreAndWaitsForFurtherReplies) {
  ScriptedPort port;
  port.expect("raw \n", "OK\r\nOK COMPLETE\r\n");
  AtClient at(port);
  EXPECT_TRUE(at.run_raw("raw \n\r", AtClient::kPromptly)->is_ok());
  EXPECT_EQ(at.run_raw({}, AtClient::kPromptly)->detail, "COMPLETE");
  EXPECT_EQ(port.commands.size(), 1U);
}

TEST(AtClient, IgnoresLinesThatAreNoReply) {
  ScriptedPort port;
  using namespace std::string_literals;
  port.expect("AT", "\0\xff boot log\r\nOKAY\r\nOK1x\r\nERR\r\nERRx 1\r\nOK\r\n"s);
  EXPECT_TRUE(AtClient(port).run("AT"));
}

TEST(AtClient, SurvivesGarbageWithoutEnd) {
  ScriptedPort port;
  port.expect("AT", std::string(1 << 20, 'x'));
  EXPECT_EQ(AtClient(port).run("AT").error().code, Errc::unavailable);
}

TEST(AtClient, RefusesAnAbsurdNumberOfLines) {
  ScriptedPort port;
  port.expect("AT", "OK4000000000\r\n");
  EXPECT_EQ(AtClient(port).run("AT").error().code, Errc::unavailable);
}

TEST(AtClient, SaysSoWhenNothingAnswers) {
  ScriptedPort port;
  port.expect("AT", "O");
  EXPECT_EQ(AtClient(port).run("AT").error().code, Errc::unavailable);
}

TEST(AtClient, DoesNotTakeALateReplyForTheNextOne) {
  ScriptedPort port;
  port.expect("AT+CONNECT", "").expect("AT+CONF? About", "OK kit\r\n");
  AtClient at(port);
  ASSERT_FALSE(at.run("AT+CONNECT"));
  port.pending = "OK 1 CONNECTED\r\n";
  EXPECT_EQ(at.run("AT+CONF? About")->detail, "kit");
}

TEST(AtClient, FindsAModuleBehindOldOutput) {
  ScriptedPort port;
  port.pending = "ERR3 COMMAND NOT FOUND\r\nOK";
  port.expect("AT", "").expect("AT", "ERR1 OVERFLOW\r\n").expect("AT", "OK\r\n");
  EXPECT_TRUE(AtClient(port).find());
  EXPECT_TRUE(port.is_finished());
}

TEST(AtClient, ForgetsAnswersToEarlierAttemptsOnceItFoundTheModule) {
  ScriptedPort port;
  port.expect("AT", "").expect("AT", "OK\r\nOK\r\n").expect("AT+CONF? About", "OK kit\r\n");
  AtClient at(port);
  ASSERT_TRUE(at.find());
  EXPECT_EQ(at.run("AT+CONF? About")->detail, "kit");
}

TEST(Escape, IsUndoneByUnescape) {
  const std::string text = "a\nb\rc\\d\\A";
  EXPECT_EQ(escape(text), "a\\Ab\\Dc\\\\d\\\\A");
  EXPECT_EQ(unescape(escape(text)), text);
  EXPECT_EQ(unescape("odd \\x end\\"), "odd \\x end\\");
}

}  // namespace xl::quickconnect::test
