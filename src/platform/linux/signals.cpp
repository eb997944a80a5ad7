// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>

#include <utility>

namespace xl::platform {

namespace {

sigset_t handled() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) ::sigaddset(&set, number);
  return set;
}

}  // namespace

void Signals::hold() {
  const sigset_t set = handled();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Signals::Signals(EventLoop& loop, Handlers handlers) : loop_(loop), handlers_(std::move(handlers)) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of the write, as a full disk is
  hold();
  const sigset_t set = handled();
  descriptor_ = Descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  loop_.watch(descriptor_.get(), POLLIN, [this](short) { read(); });
}

Signals::~Signals() { loop_.forget(descriptor_.get()); }

void Signals::read() {
  signalfd_siginfo which{};
  if (::read(descriptor_.get(), &which, sizeof which) <= 0) return;
  switch (which.ssi_signo) {
    case SIGUSR1:
      return handlers_.on_wake();
    case SIGUSR2:
      return handlers_.on_reset();
    default:
      return handlers_.on_stop();
  }
}

}  // namespace xl::platform
