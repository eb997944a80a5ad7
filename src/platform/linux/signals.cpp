// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>

#include <utility>

namespace xl::platform {

StopSignals::StopSignals(EventLoop& loop, EventLoop::Callback on_stop) : loop_(loop) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = Descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  loop_.watch(descriptor_.get(), POLLIN, [this, stop = std::move(on_stop)](short) {
    signalfd_siginfo which{};
    if (::read(descriptor_.get(), &which, sizeof which) > 0) stop();
  });
}

StopSignals::~StopSignals() { loop_.forget(descriptor_.get()); }

}  // namespace xl::platform
