// SPDX-License-Identifier: Apache-2.0
#include "at/reply_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xl::at {
namespace {

std::string written(const Reply& reply) {
  class Text final : public Sink {
   public:
    void write(ByteView bytes) override { text += as_text(bytes); }
    std::string text;
  } sink;
  write_reply(reply, sink);
  return sink.text;
}

TEST(ReplyWriter, WritesOkWithoutATrailingSpace) {
  EXPECT_EQ(written(ok()), "OK\r\n");
  EXPECT_EQ(written(ok("1 CONNECTED")), "OK 1 CONNECTED\r\n");
}

TEST(ReplyWriter, EscapesTheDetail) { EXPECT_EQ(written(ok("a\nb\rc\\d")), "OK a\\Ab\\Dc\\\\d\r\n"); }

TEST(ReplyWriter, WritesErrorsWithNumberTextHintAndDetail) {
  EXPECT_EQ(written(error(AtError::command_not_found)), "ERR3 COMMAND NOT FOUND\r\n");
  EXPECT_EQ(written(unable_to_connect(3, "Invalid Endpoint?")), "ERR14 3 UNABLE TO CONNECT Invalid Endpoint?\r\n");
  EXPECT_EQ(written(error(AtError::invalid_certificate)), "ERR26 INVALID CERTIFICATE\r\n");
}

TEST(ReplyWriter, CountsFurtherLines) {
  EXPECT_EQ(written(ok_with_line("topic", as_bytes("a\nb"))), "OK1 topic\r\na\\Ab\r\n");
  EXPECT_EQ(written(ok_with_line("topic", {})), "OK1 topic\r\n\r\n");
  EXPECT_EQ(written(ok_with_text("pem", "one\ntwo\n")), "OK2 pem\r\none\r\ntwo\r\n");
  EXPECT_EQ(written(ok_with_text("pem", "one\r\ntwo")), "OK2 pem\r\none\r\ntwo\r\n");
}

TEST(ReplyWriter, WritesLongRepliesWhole) {
  const std::string text(5000, '\n');
  std::string escaped;
  for (int i = 0; i < 5000; ++i) escaped += "\\A";
  EXPECT_EQ(written(ok(text)), "OK " + escaped + "\r\n");
}

TEST(ReplyWriter, WritesNothingForASuspendedReply) { EXPECT_EQ(written(suspended()), ""); }

}  // namespace
}  // namespace xl::at
