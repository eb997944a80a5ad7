// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform {

/// Turns SIGTERM and SIGINT into a call from the loop, and keeps SIGPIPE from ending the process: a peer that hangs up
/// is an error code. Construct before any thread starts.
class StopSignals {
 public:
  StopSignals(EventLoop& loop, EventLoop::Callback on_stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  EventLoop& loop_;
  Descriptor descriptor_;
};

}  // namespace xl::platform
