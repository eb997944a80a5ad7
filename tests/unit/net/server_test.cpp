// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <thread>

#include "net/wire.hpp"
#include "unit/net/support.hpp"

namespace xl::net {
namespace {

using test::RawClient;

HttpHandler echo() {
  return [](HttpRequest request, const std::shared_ptr<HttpResponder>& responder) {
    responder->respond(
        {200, {{"X-Target", request.target}, {"X-Peer", request.peer_address}}, request.method + " " + request.body});
  };
}

TEST(HttpServer, AnswersOnTheBoundPort) {
  const auto server = test::start(echo());
  ASSERT_NE(server->listeners().front().port, 0);
  const auto response =
      http_call(test::url_of(*server),
                {.method = "POST", .target = "/x?y=1", .headers = {}, .body = "hello", .peer_address = {}});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST hello");
  EXPECT_EQ(find_header(response->headers, "x-target"), "/x?y=1");
  EXPECT_EQ(find_header(response->headers, "x-peer"), "127.0.0.1");
  EXPECT_TRUE(find_header(response->headers, "date"));
}

TEST(HttpServer, KeepsAConnectionForSeveralAndPipelinedRequests) {
  const auto server = test::start(echo());
  RawClient client(*server);
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.read_until("GET ").find("X-Target: /1"), std::string::npos);
  client.send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string rest = client.read_to_end();
  EXPECT_LT(rest.find("X-Target: /2"), rest.find("X-Target: /3"));
  EXPECT_NE(rest.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  const auto server = test::start(echo());
  RawClient client(*server);
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string text = client.read_to_end();
  EXPECT_NE(text.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(HttpServer, InvitesABodyThatWaitsFor100Continue) {
  const auto server = test::start(echo());
  RawClient client(*server);
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_TRUE(client.read_to_end().ends_with("PUT abc"));
}

TEST(HttpServer, DoesNotInviteABodyThatIsTooLarge) {
  HttpServerOptions options;
  options.body_bytes_max = 10;
  const auto server = test::start(echo(), std::move(options));
  RawClient client(*server);
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, DeliversItsRefusalToAClientThatGoesOnSending) {
  const auto server = test::start(echo());
  RawClient client(*server);
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
  client.send(std::string(4000000, 'x'));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, RefusesOversizedHeaders) {
  const auto server = test::start(echo());
  RawClient client(*server);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40000, 'a'));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 431 "));
}

TEST(HttpServer, AcceptsAnswersFromAnotherThread) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto server = test::start([&](HttpRequest, std::shared_ptr<HttpResponder> responder) {
    const std::scoped_lock lock(mutex);
    threads.emplace_back([responder = std::move(responder)] { responder->respond({202, {}, "later"}); });
  });
  for (int i = 0; i < 20; ++i) {
    const auto response = http_call(test::url_of(*server), {});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->body, "later");
  }
  for (auto& thread : threads) thread.join();
}

TEST(HttpServer, TurnsADroppedResponderInto500) {
  const auto server = test::start([](HttpRequest, const std::shared_ptr<HttpResponder>&) {});
  EXPECT_EQ(http_call(test::url_of(*server), {})->status, 500);
}

TEST(HttpServer, TurnsAThrowingHandlerInto500) {
  const auto server =
      test::start([](HttpRequest, std::shared_ptr<HttpResponder>) { throw std::runtime_error("deliberate"); });
  EXPECT_EQ(http_call(test::url_of(*server), {})->status, 500);
  EXPECT_EQ(http_call(test::url_of(*server), {})->status, 500) << "the server lives on";
}

TEST(HttpServer, LetsAResponderOutliveClientAndServer) {
  std::promise<std::shared_ptr<HttpResponder>> kept;
  auto server =
      test::start([&](HttpRequest, std::shared_ptr<HttpResponder> responder) { kept.set_value(std::move(responder)); });
  RawClient client(*server);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto responder = kept.get_future().get();
  client.close();
  server.reset();
  responder->respond({200, {}, "nobody listens"});
  EXPECT_FALSE(responder->start_event_stream({})->send("a", "b"));
}

TEST(HttpServer, ClosesIdleAndSlowConnections) {
  HttpServerOptions options;
  options.idle_seconds_max = 1;
  const auto server = test::start(echo(), std::move(options));
  RawClient idle(*server), slow(*server), stalled(*server);
  slow.send("GET / HT");
  stalled.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(slow.read_to_end(), "");
  EXPECT_EQ(stalled.read_to_end(), "");
}

TEST(HttpServer, ClosesConnectionsAboveItsLimit) {
  HttpServerOptions options;
  options.connections_max = 1;
  const auto server = test::start(echo(), std::move(options));
  RawClient first(*server);
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.read_until("GET ");
  RawClient second(*server);
  EXPECT_EQ(second.read_to_end(), "");
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(first.read_until("GET "), "") << "the first connection is not disturbed";
}

TEST(HttpServer, NamesTheAddressInUseAndTheRemedy) {
  const auto server = test::start(echo());
  HttpServerOptions options;
  options.listeners = server->listeners();
  const auto second = start_http_server(options, echo());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_NE(second.error().detail.find("127.0.0.1:" + std::to_string(options.listeners[0].port)), std::string::npos);
  EXPECT_NE(second.error().detail.find("Choose another with --http"), std::string::npos);
}

TEST(HttpServer, RefusesAnAddressThatIsNone) {
  HttpServerOptions options;
  options.listeners = {{"example.invalid", 0, false}};
  const auto server = start_http_server(options, echo());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Errc::invalid_argument);
}

TEST(HttpServer, ServesIpv6) {
  HttpServerOptions options;
  options.listeners = {{"::1", 0, false}};
  const auto server = test::start(echo(), options);
  ASSERT_TRUE(server);
  const auto response = http_call(test::url_of(*server, "[::1]"), {});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(find_header(response->headers, "x-peer"), "::1");
}

TEST(HttpServer, DrainLetsARunningRequestFinish) {
  std::promise<std::shared_ptr<HttpResponder>> started;
  const auto server = test::start(
      [&](HttpRequest, std::shared_ptr<HttpResponder> responder) { started.set_value(std::move(responder)); });
  RawClient idle(*server), busy(*server);
  busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto responder = started.get_future().get();
  auto drained = std::async(std::launch::async, [&] { server->drain(20); });
  EXPECT_EQ(idle.read_to_end(), "") << "idle connections are closed at once";
  responder->respond({200, {}, "done"});
  const std::string text = busy.read_to_end();
  EXPECT_TRUE(text.ends_with("done"));
  EXPECT_NE(text.find("Connection: close"), std::string::npos);
  drained.get();
}

TEST(HttpServer, NeverLetsAHeaderValueSplitTheResponse) {
  const std::string text = response_text({200, {{"Location", "/a\r\nSet-Cookie: x=1"}}, ""}, true, false);
  EXPECT_EQ(text.find("\r\nSet-Cookie"), std::string::npos);
}

TEST(HttpServer, WritesDatesInTheFormOfRfc9110) {
  EXPECT_EQ(http_date(from_millis(784111777000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace xl::net
