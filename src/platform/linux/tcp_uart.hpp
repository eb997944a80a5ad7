// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/stream_uart.hpp"

namespace xl::platform {

/// The host's line as a TCP port: for hosts in containers, simulators and test benches. Like a serial line it has one
/// user at a time; the next one waits until the first has hung up. Nobody proves who he is: keep it on loopback.
class TcpUart final : public HostUart {
 public:
  /// `address` is HOST:PORT or [IPv6]:PORT; port 0 takes any free one. errors: invalid_argument, unavailable
  static Result<std::unique_ptr<TcpUart>> listen(EventLoop& loop, const std::string& address);
  /// Sockets of another one: the listening one and, if it has a descriptor, that of the host.
  struct Sockets {
    Descriptor listener, host;
  };
  TcpUart(EventLoop& loop, Sockets sockets)
      : loop_(loop), listener_(std::move(sockets.listener)), host_(std::move(sockets.host)) {}
  /// For another one that goes on where this one stops; this one is over.
  Sockets release();
  ~TcpUart() override;
  TcpUart(const TcpUart&) = delete;
  TcpUart& operator=(const TcpUart&) = delete;

  std::string address() const;  ///< the port filled in
  void start(Receive on_bytes, End on_end) override;
  void write(ByteView bytes) override;
  void pause() override;
  void resume() override;
  void drain(std::chrono::milliseconds limit) override;

 private:
  void wait_for_host();
  void on_host();
  void talk_to_host();
  void hang_up();

  EventLoop& loop_;
  Descriptor listener_;
  Descriptor host_;
  std::unique_ptr<StreamUart> line_;  ///< null: nobody is connected
  Receive on_bytes_;
  bool paused_ = false;
};

}  // namespace xl::platform
