// SPDX-License-Identifier: Apache-2.0
#include "net/request_parser.hpp"

#include <gtest/gtest.h>

namespace xl::net {
namespace {

using Progress = RequestParser::Progress;
constexpr RequestParser::Limits kLimits{.header_bytes_max = 1024, .body_bytes_max = 64};

/// Feeds the text whole; the parser may pause after the head.
Progress feed_all(RequestParser& parser, std::string text) {
  Progress progress = parser.feed(text);
  while (progress == Progress::header_done && !text.empty()) progress = parser.feed(text);
  return progress;
}

int status_of(std::string text) {
  RequestParser parser(kLimits);
  return feed_all(parser, std::move(text)) == Progress::failed ? parser.failure_status() : 0;
}

TEST(RequestParser, ReadsMethodTargetHeadersAndBody) {
  RequestParser parser(kLimits);
  ASSERT_EQ(feed_all(parser, "PUT /a%2Fb?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"), Progress::done);
  const HttpRequest request = parser.take();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/a%2Fb?x=1");
  EXPECT_EQ(request.path(), "/a%2Fb");
  EXPECT_EQ(request.query(), "x=1");
  EXPECT_EQ(request.header("HOST"), "h");
  EXPECT_EQ(request.body, "abc");
}

TEST(RequestParser, AcceptsOneByteAtATime) {
  RequestParser parser(kLimits);
  Progress progress = Progress::need_more;
  std::string inbox;
  for (const char c : std::string(
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    ASSERT_NE(progress, Progress::done);
    inbox += c;
    progress = parser.feed(inbox);
    ASSERT_NE(progress, Progress::failed);
  }
  ASSERT_EQ(progress, Progress::done);
  EXPECT_EQ(parser.take().body, "abcde");
}

TEST(RequestParser, LeavesTheNextRequestInTheInbox) {
  RequestParser parser(kLimits);
  std::string inbox = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_EQ(parser.feed(inbox), Progress::done);
  EXPECT_EQ(inbox, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST(RequestParser, RefusesWhatIsTooLarge) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(status_of("GET /" + std::string(2000, 'a')), 431);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 65\r\n\r\n"), 413);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" + std::string(65, 'a') +
                      "\r\n0\r\n\r\n"),
            413);
}

TEST(RequestParser, RefusesAmbiguousFraming) {
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), 400);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
}

TEST(RequestParser, RefusesMissingOrRepeatedHost) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestParser, RefusesOtherTargetsVersionsAndExpectations) {
  EXPECT_EQ(status_of("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n"), 417);
}

TEST(RequestParser, TellsTheHeadBeforeTheBody) {
  RequestParser parser(kLimits);
  std::string inbox = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  ASSERT_EQ(parser.feed(inbox), Progress::header_done);
  EXPECT_TRUE(parser.expects_continue());
  inbox = "abc";
  EXPECT_EQ(parser.feed(inbox), Progress::done);
}

}  // namespace
}  // namespace xl::net
