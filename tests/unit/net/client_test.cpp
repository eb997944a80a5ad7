// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "net/resolve.hpp"
#include "net/response_parser.hpp"
#include "unit/net/support.hpp"

namespace xl::net {
namespace {

using Progress = ResponseParser::Progress;

std::string body_of(std::string text, bool ended = false) {
  ResponseParser parser(false);
  Progress progress = parser.feed(text);
  if (progress == Progress::need_more && ended) progress = parser.end_of_data();
  return progress == Progress::done ? parser.take().body : "no answer";
}

TEST(HttpClient, UnderstandsLengthChunksAndEndOfData) {
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "abc");
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), "abc");
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\n\r\nabc", true), "abc");
  EXPECT_EQ(body_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), "x");
}

TEST(HttpClient, RefusesBrokenAnswers) {
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", true), "no answer");
  EXPECT_EQ(body_of("SSH-2.0-OpenSSH\r\n"), "no answer");
  EXPECT_EQ(body_of("", true), "no answer");
}

TEST(HttpClient, FindsNamesBelowLocalhostOnLoopback) {
  EXPECT_EQ(*resolve("a.b.LOCALHOST."), (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_EQ(*resolve("127.0.0.1"), std::vector<std::string>{"127.0.0.1"});
  const auto server = test::start([](const HttpRequest& request, const std::shared_ptr<HttpResponder>& responder) {
    responder->respond({200, {}, std::string(*request.header("host"))});
  });
  const auto response = http_call(test::url_of(*server, "iot.localhost"), {});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ("http://" + response->body, test::url_of(*server, "iot.localhost"));
}

TEST(HttpClient, RefusesUrlsThatAreNone) {
  for (const auto* url : {"ftp://h", "http://", "http://h/path", "http://h:0", "http://h:x", "http://u@h", "h"}) {
    const auto response = http_call(url, {});
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, Errc::invalid_argument) << url;
  }
  HttpRequest split;
  split.target = "/ HTTP/1.1\r\nX: y";
  EXPECT_EQ(http_call("http://127.0.0.1:1", split).error().code, Errc::invalid_argument);
}

TEST(HttpClient, SaysWhenNobodyListens) {
  const auto response = http_call("http://127.0.0.1:1", {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_NE(response.error().detail.find("127.0.0.1:1"), std::string::npos);
}

TEST(HttpClient, StopsWaitingAfterItsTimeout) {
  std::promise<std::shared_ptr<HttpResponder>> kept;
  const auto server =
      test::start([&](HttpRequest, std::shared_ptr<HttpResponder> responder) { kept.set_value(std::move(responder)); });
  const auto response = http_call(test::url_of(*server), {}, {.root_ca_file = {}, .timeout_seconds = 1});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace xl::net
