// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <vector>

#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform {

/// Calls that other threads leave for the loop's thread.
class LoopMailbox {
 public:
  explicit LoopMailbox(EventLoop& loop);
  ~LoopMailbox();  ///< what was posted and has not run is dropped; nobody may post any more
  LoopMailbox(const LoopMailbox&) = delete;
  LoopMailbox& operator=(const LoopMailbox&) = delete;

  /// Thread-safe.
  void post(EventLoop::Callback call);

 private:
  void collect();

  EventLoop& loop_;
  Descriptor bell_;
  std::mutex mutex_;
  std::vector<EventLoop::Callback> calls_;
};

}  // namespace xl::platform
