// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/loop_mailbox.hpp"

#include <sys/eventfd.h>

#include <cstdint>
#include <utility>

namespace xl::platform {

LoopMailbox::LoopMailbox(EventLoop& loop) : loop_(loop), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  loop_.watch(bell_.get(), POLLIN, [this](short) { collect(); });
}

LoopMailbox::~LoopMailbox() { loop_.forget(bell_.get()); }

void LoopMailbox::post(EventLoop::Callback call) {
  const std::scoped_lock lock(mutex_);
  calls_.push_back(std::move(call));
  const std::uint64_t one = 1;
  static_cast<void>(::write(bell_.get(), &one, sizeof one) < 0);  // a full counter rings, too
}

void LoopMailbox::collect() {
  std::uint64_t rings = 0;
  if (::read(bell_.get(), &rings, sizeof rings) < 0) return;
  std::vector<EventLoop::Callback> calls;
  {
    const std::scoped_lock lock(mutex_);
    calls.swap(calls_);
  }
  for (const auto& call : calls) call();
}

}  // namespace xl::platform
