// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>

#include "module/ports/uart.hpp"

namespace xl::platform {

/// A line to the host processor, driven by the event loop.
class HostUart : public module::ports::Uart {
 public:
  using Receive = std::function<void(ByteView)>;
  /// The line is gone for good: end of input, device unplugged. Called once.
  using End = std::function<void()>;

  virtual ~HostUart() = default;
  /// Begins to listen.
  virtual void start(Receive on_bytes, End on_end) = 0;
  /// Nobody listens for a while; what is written still goes out.
  virtual void pause() = 0;
  /// Listens again. What came meanwhile is lost. Harmless when not paused.
  virtual void resume() = 0;
  /// Waits up to `limit` until everything is written: for a last response before the program ends.
  virtual void drain(std::chrono::milliseconds limit) = 0;
};

}  // namespace xl::platform
