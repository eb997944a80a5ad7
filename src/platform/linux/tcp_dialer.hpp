// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform {

/// Connects to the first address that answers. Each gets a fair share of the time left, so that one black hole does not
/// use it up.
class TcpDialer {
 public:
  /// A connected, non-blocking socket. errors: unavailable (the last address's reason)
  using Done = std::function<void(Result<Descriptor>)>;

  TcpDialer(EventLoop& loop, std::vector<std::string> addresses, std::uint16_t port,
            EventLoop::Clock::time_point deadline, Done done);
  ~TcpDialer();
  TcpDialer(const TcpDialer&) = delete;
  TcpDialer& operator=(const TcpDialer&) = delete;

  /// `done` is called once, maybe before this returns; destroying the dialer in it is fine.
  void start() { try_next(); }

 private:
  void try_next();
  void address_failed(int reason);
  void on_writable();
  void stop_waiting();
  void finish(Result<Descriptor> result);

  EventLoop& loop_;
  std::vector<std::string> addresses_;
  std::uint16_t port_;
  EventLoop::Clock::time_point deadline_;
  Done done_;
  std::size_t next_ = 0;
  std::string last_failure_;
  Descriptor socket_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace xl::platform
