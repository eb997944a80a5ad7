// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform {

/// Asks a blocking resolver on a thread of its own and hands the answer to the loop. One question at a time: a new one
/// replaces the one before, whose answer is thrown away. While the thread still waits for a dead name server the new
/// question queues, so retries never pile up threads.
class NameResolver {
 public:
  using Addresses = Result<std::vector<std::string>>;
  using Resolve = std::function<Addresses(std::string_view host)>;  ///< called on the thread
  using Answer = std::function<void(Addresses)>;

  NameResolver(EventLoop& loop, Resolve resolve);
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  void ask(std::string_view host, Answer answer);
  void cancel();

 private:
  struct Shared;
  void collect();

  EventLoop& loop_;
  std::shared_ptr<Shared> shared_;  ///< outlives this object while the thread is stuck in a name server's time-out
  Answer answer_;
  bool thread_started_ = false;
};

}  // namespace xl::platform
