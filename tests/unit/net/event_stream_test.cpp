// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <future>

#include "net/event_queue.hpp"
#include "unit/net/support.hpp"

namespace xl::net {
namespace {

using test::RawClient;

/// A server whose every answer is an event stream that the test holds.
struct StreamingServer {
  std::promise<std::shared_ptr<EventStream>> opened;
  std::atomic<bool> closed = false;
  std::unique_ptr<HttpServer> server =
      test::start([this](HttpRequest, const std::shared_ptr<HttpResponder>& responder) {
        auto started = responder->start_event_stream({{"X-Extra", "1"}});
        started->on_close([this] { closed = true; });
        opened.set_value(std::move(started));
      });
  RawClient client{*server};
  std::shared_ptr<EventStream> stream = open();

  std::shared_ptr<EventStream> open() {
    client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
    return opened.get_future().get();
  }
};

TEST(EventStream, DeliversEventsAsTheyAreSent) {
  StreamingServer t;
  const std::string head = t.client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(head.find("X-Extra: 1"), std::string::npos);
  EXPECT_TRUE(t.stream->send("message", "{\"a\":1}"));
  EXPECT_EQ(t.client.read_until("\n\n"), "event: message\ndata: {\"a\":1}\n\n");
  EXPECT_TRUE(t.stream->send("message", "second"));
  EXPECT_EQ(t.client.read_until("\n\n"), "event: message\ndata: second\n\n");
}

TEST(EventStream, SplitsLinesOfData) {
  EXPECT_EQ(event_text("e\nx", "a\nb\r\nc"), "event: ex\ndata: a\ndata: b\ndata: c\n\n");
}

TEST(EventStream, NoticesThatTheClientHasGone) {
  StreamingServer t;
  t.client.read_until("\r\n\r\n");
  t.client.close();
  EXPECT_TRUE(test::eventually([&] { return t.closed.load(); }));
  EXPECT_FALSE(t.stream->send("message", "x"));
}

TEST(EventStream, GivesUpOnAClientThatDoesNotRead) {
  StreamingServer t;
  const std::string big(8 << 10, 'x');
  bool accepted = true;
  for (int i = 0; i < 10000 && accepted; ++i) accepted = t.stream->send("message", big);
  EXPECT_FALSE(accepted);
  EXPECT_FALSE(t.stream->send("message", "x"));
  t.client.close();
  EXPECT_TRUE(test::eventually([&] { return t.closed.load(); }));
}

TEST(EventStream, WritesWhatIsQueuedBeforeItCloses) {
  StreamingServer t;
  t.stream->send("message", "last words");
  t.stream->close();
  EXPECT_TRUE(t.client.read_to_end().ends_with("event: message\ndata: last words\n\n"));
  EXPECT_TRUE(test::eventually([&] { return t.closed.load(); }));
}

TEST(EventStream, ClosesWhenItsHolderDropsIt) {
  const auto server = test::start([](HttpRequest, const std::shared_ptr<HttpResponder>& responder) {
    responder->start_event_stream({})->send("message", "only");
  });
  RawClient client(*server);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("only\n\n"));
}

TEST(EventStream, EndsWhenTheServerDrainsOrStops) {
  StreamingServer t;
  t.client.read_until("\r\n\r\n");
  t.server->drain(20);
  EXPECT_TRUE(t.closed);
  EXPECT_EQ(t.client.read_to_end(), "");
  t.server.reset();
  EXPECT_FALSE(t.stream->send("message", "x"));
  bool told = false;
  t.stream->on_close([&] { told = true; });
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace xl::net
