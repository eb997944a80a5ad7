// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/name_resolver.hpp"

#include <sys/eventfd.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "platform/linux/descriptor.hpp"

namespace xl::platform {

struct NameResolver::Shared {
  explicit Shared(Resolve function) : resolve(std::move(function)) {}

  void serve() {
    while (const std::optional<std::string> host = next_question()) {
      Addresses addresses = resolve(*host);
      const std::scoped_lock lock(mutex);
      if (question) continue;  // asked again meanwhile: nobody waits for this answer
      answer = std::move(addresses);
      const std::uint64_t one = 1;
      if (::write(bell.get(), &one, sizeof one) < 0) return;
    }
  }

  std::optional<std::string> next_question() {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return stopped || question.has_value(); });
    if (stopped) return std::nullopt;
    return std::exchange(question, std::nullopt);
  }

  const Resolve resolve;
  const Descriptor bell{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::mutex mutex;
  std::condition_variable wake;
  std::optional<std::string> question;
  std::optional<Addresses> answer;
  bool stopped = false;
};

NameResolver::NameResolver(EventLoop& loop, Resolve resolve)
    : loop_(loop), shared_(std::make_shared<Shared>(std::move(resolve))) {
  loop_.watch(shared_->bell.get(), POLLIN, [this](short) { collect(); });
}

/// Does not join: the thread may sit in getaddrinfo() for half a minute. It owns all it touches.
NameResolver::~NameResolver() {
  loop_.forget(shared_->bell.get());
  const std::scoped_lock lock(shared_->mutex);
  shared_->stopped = true;
  shared_->question.reset();
  shared_->wake.notify_one();
}

void NameResolver::ask(std::string_view host, Answer answer) {
  answer_ = std::move(answer);
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->question = std::string(host);
    shared_->answer.reset();
    shared_->wake.notify_one();
  }
  if (std::exchange(thread_started_, true)) return;
  std::thread([shared = shared_] { shared->serve(); }).detach();
}

void NameResolver::cancel() {
  answer_ = nullptr;
  const std::scoped_lock lock(shared_->mutex);
  shared_->question.reset();
  shared_->answer.reset();
}

void NameResolver::collect() {
  std::uint64_t rings = 0;
  if (::read(shared_->bell.get(), &rings, sizeof rings) < 0) return;
  std::optional<Addresses> addresses;
  {
    const std::scoped_lock lock(shared_->mutex);
    addresses = std::exchange(shared_->answer, std::nullopt);
  }
  const Answer answer = addresses ? std::exchange(answer_, nullptr) : nullptr;
  if (answer) answer(*std::move(addresses));
}

}  // namespace xl::platform
