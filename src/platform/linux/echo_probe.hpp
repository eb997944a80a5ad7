// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform {

/// Measures one round trip to the first address that answers. By an ICMP echo where the kernel lets this process send
/// one (`net.ipv4.ping_group_range`, no privilege needed), else by the answer to a TCP connection, be it a refusal.
/// Each address gets three seconds, then the next one, and over again: who asked says when it is enough.
class EchoProbe {
 public:
  struct Answer {
    std::chrono::milliseconds round_trip;
    std::uint16_t tcp_port;  ///< 0: an ICMP echo
  };
  /// errors: unavailable (no address can be reached: no route, prohibited)
  using Done = std::function<void(Result<Answer>)>;

  /// `tcp_port`: the one to try where no echo can be sent.
  EchoProbe(EventLoop& loop, std::vector<std::string> addresses, std::uint16_t tcp_port, Done done);
  ~EchoProbe();
  EchoProbe(const EchoProbe&) = delete;
  EchoProbe& operator=(const EchoProbe&) = delete;

  /// `done` is called at most once, not from inside start(); destroying the probe in it is fine.
  void start();

 private:
  void try_address();
  bool send_echo();
  bool begin_connect();
  void on_ready();
  bool is_our_echo();
  void no_answer();
  void address_failed(int reason);
  void next_address();
  void stop_waiting();
  void finish(Result<Answer> result);

  EventLoop& loop_;
  const std::vector<std::string> addresses_;
  const std::uint16_t tcp_port_;
  Done done_;
  std::size_t current_ = 0;      ///< the address that is asked
  std::size_t unreachable_ = 0;  ///< addresses in a row to which nothing could be sent
  unsigned tries_ = 0;           ///< of the current address
  std::uint16_t sequence_ = 0;
  bool is_connecting_ = false;  ///< by TCP
  Descriptor socket_;
  EventLoop::Clock::time_point sent_at_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace xl::platform
