// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform {

/// Signals as calls from the loop: SIGTERM and SIGINT stop; SIGUSR1 and SIGUSR2 stand for the pins WAKE and RST, low
/// for a moment (guide 2.2.5, 2.2.6), which a program has not. Keeps SIGPIPE from ending the process: a peer that hangs
/// up is an error code. Construct before any thread starts.
class Signals {
 public:
  struct Handlers {
    EventLoop::Callback on_stop, on_wake, on_reset;
  };
  Signals(EventLoop& loop, Handlers handlers);
  ~Signals();
  /// Before there is a loop: those signals wait for it, also through exec, instead of ending the process.
  static void hold();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void read();

  EventLoop& loop_;
  Handlers handlers_;
  Descriptor descriptor_;
};

}  // namespace xl::platform
