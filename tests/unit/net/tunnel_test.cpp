// SPDX-License-Identifier: Apache-2.0
// A connection that leaves HTTP behind: bytes pass both ways until one side ends.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "unit/net/support.hpp"

namespace xl::net {
namespace {

constexpr std::string_view kUpgrade =
    "GET /mqtt HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

class Tunnel : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    inner_ = ends[0];
    server_ = test::start([end = ends[1]](const HttpRequest&, const std::shared_ptr<HttpResponder>& responder) {
      responder->switch_protocols({{"Upgrade", "websocket"}}, end);
      responder->respond({200, {}, "too late"});
    });
  }
  void TearDown() override { close_inner(); }
  void close_inner() {
    if (inner_ >= 0) ::close(std::exchange(inner_, -1));
  }
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd ready{inner_, POLLOUT, 0};
      ::poll(&ready, 1, 10'000);
      const auto count = ::send(inner_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(count, 0);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// `size` bytes, or what came before the other side ended.
  std::string hear(std::size_t size) {
    std::string out;
    std::array<char, 4096> chunk{};
    pollfd ready{inner_, POLLIN, 0};
    while (out.size() < size && ::poll(&ready, 1, 10'000) == 1) {
      const auto count = ::recv(inner_, chunk.data(), chunk.size(), 0);
      if (count <= 0) break;
      out.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return out;
  }

  int inner_ = -1;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(Tunnel, PassesBytesBothWaysAfterA101) {
  test::RawClient client(*server_);
  client.send(std::string(kUpgrade) + "early");
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
  EXPECT_NE(head.find("\r\nUpgrade: websocket\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nConnection: Upgrade\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(hear(5), "early") << "what came with the request";
  client.send(std::string("\0\xff not text", 11));
  EXPECT_EQ(hear(11), std::string("\0\xff not text", 11));
  const std::string much(300'000, 'm');
  say(much + "!");
  EXPECT_EQ(client.read_until("!"), much + "!");
}

TEST_F(Tunnel, EndsWithTheInnerSideAndLosesNothingItSaid) {
  test::RawClient client(*server_);
  client.send(kUpgrade);
  client.read_until("\r\n\r\n");
  client.send("unread");
  say("last words");
  close_inner();
  EXPECT_EQ(client.read_to_end(), "last words");
}

TEST_F(Tunnel, EndsWithTheClient) {
  test::RawClient client(*server_);
  client.send(kUpgrade);
  client.read_until("\r\n\r\n");
  client.send("last words");
  client.close();
  EXPECT_EQ(hear(100), "last words");
}

TEST_F(Tunnel, EndsWithTheServer) {
  test::RawClient client(*server_);
  client.send(kUpgrade);
  client.read_until("\r\n\r\n");
  server_->drain(10);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(hear(1), "");
}

}  // namespace
}  // namespace xl::net
