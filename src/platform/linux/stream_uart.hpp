// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/host_uart.hpp"

namespace xl::platform {

/// The host's side of the line as a pair of descriptors. Like a UART without flow control: when nobody takes the bytes
/// the queue fills, and then whole writes are lost.
class StreamUart final : public HostUart {
 public:
  /// `out` may be -1: the same descriptor as `in`. Neither is closed by this object.
  StreamUart(EventLoop& loop, int in, int out = -1);
  ~StreamUart() override;
  StreamUart(const StreamUart&) = delete;
  StreamUart& operator=(const StreamUart&) = delete;

  void start(Receive on_bytes, End on_end) override;
  void write(ByteView bytes) override;
  void pause() override;
  void resume() override;
  void drain(std::chrono::milliseconds limit) override;

 private:
  void on_input();
  void on_event(short events);
  void discard_input();
  void on_output();
  bool send_some();
  void watch();
  void end();

  EventLoop& loop_;
  const int in_;
  const int out_;
  Receive on_bytes_;
  End on_end_;
  std::string queue_;
  bool listening_ = false;
  bool paused_ = false;
  bool ended_ = false;
};

}  // namespace xl::platform
