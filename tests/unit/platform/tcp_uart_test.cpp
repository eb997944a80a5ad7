// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tcp_uart.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using testing::turn_until;

/// A host processor at the other end.
class Host {
 public:
  explicit Host(const std::string& address) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  void say(std::string_view text) {
    EXPECT_EQ(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  std::string heard() {
    std::string text(256, '\0');
    const ssize_t count = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  void hang_up() { socket_ = Descriptor(); }

 private:
  Descriptor socket_;
};

class TcpLine : public ::testing::Test {
 protected:
  void SetUp() override {
    uart_ = *TcpUart::listen(loop_, "127.0.0.1:0");
    uart_->start([this](ByteView bytes) { received_ += as_text(bytes); }, [] { FAIL() << "it never ends by itself"; });
  }
  bool hears(std::string_view text) {
    return turn_until(loop_, [&] { return received_ == text; });
  }
  bool is_heard_by(Host& host, std::string_view text) {
    std::string heard;
    return turn_until(loop_, [&] { return (heard += host.heard()) == text; });
  }
  EventLoop loop_;
  std::unique_ptr<TcpUart> uart_;
  std::string received_;
};

TEST_F(TcpLine, CarriesBytesBothWays) {
  Host host(uart_->address());
  host.say("AT\r\n");
  ASSERT_TRUE(hears("AT\r\n"));
  uart_->write(as_bytes("OK\r\n"));
  EXPECT_TRUE(is_heard_by(host, "OK\r\n"));
}

TEST_F(TcpLine, HasOneHostAtATime) {
  Host first(uart_->address());
  first.say("1");
  ASSERT_TRUE(hears("1"));
  Host second(uart_->address());
  second.say("2");
  uart_->write(as_bytes("for the first"));
  EXPECT_TRUE(is_heard_by(first, "for the first"));
  EXPECT_EQ(received_, "1");
  first.hang_up();
  EXPECT_TRUE(hears("12"));
  uart_->write(as_bytes("for the second"));
  EXPECT_TRUE(is_heard_by(second, "for the second"));
}

TEST_F(TcpLine, WhatIsSaidWhileNobodyListensIsLost) {
  uart_->write(as_bytes("to nobody"));
  Host host(uart_->address());
  host.say("AT");
  ASSERT_TRUE(hears("AT"));
  uart_->write(as_bytes("OK"));
  EXPECT_TRUE(is_heard_by(host, "OK"));
}

TEST_F(TcpLine, APausedOneHearsNothingButFinishesWhatItSays) {
  Host first(uart_->address());
  first.say("1");
  ASSERT_TRUE(hears("1"));
  uart_->write(as_bytes("good night"));
  uart_->pause();
  first.say("lost");
  EXPECT_TRUE(is_heard_by(first, "good night"));
  for (int turns = 0; turns < 5; ++turns) loop_.turn(std::chrono::milliseconds(2));
  EXPECT_EQ(received_, "1");
  uart_->resume();
  first.say("2");
  EXPECT_TRUE(hears("12"));
}

TEST_F(TcpLine, AHostThatComesDuringAPauseIsHeardAfterIt) {
  uart_->pause();
  Host host(uart_->address());
  host.say("lost");
  for (int turns = 0; turns < 5; ++turns) loop_.turn(std::chrono::milliseconds(2));
  EXPECT_EQ(received_, "");
  uart_->resume();
  host.say("2");
  EXPECT_TRUE(hears("2"));
}

TEST_F(TcpLine, APortInUseAndNonsenseAreExplained) {
  const auto again = TcpUart::listen(loop_, uart_->address());
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().detail.find("cannot listen on 127.0.0.1:"), std::string::npos);
  for (const char* nonsense : {"", "4000", ":4000", "127.0.0.1:port", "127.0.0.1:99999", "127.0.0.1:", "127.0.0.1"}) {
    const auto refused = TcpUart::listen(loop_, nonsense);
    ASSERT_FALSE(refused) << nonsense;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace xl::platform
