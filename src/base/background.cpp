// SPDX-License-Identifier: Apache-2.0
#include "base/background.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace xl {

Background::Background(std::size_t waiting_max)
    : waiting_max_(waiting_max),
      thread_([this](const std::stop_token& stop) { run(stop); }),
      stopping_(thread_.get_stop_token()) {}

void Background::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

bool Background::try_add(Job job) {
  const std::scoped_lock lock(mutex_);
  if (stopping_.stop_requested() || waiting_.size() == waiting_max_) return false;
  waiting_.push_back(std::move(job));
  came_.notify_one();
  return true;
}

void Background::run(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, stop, [this] { return !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      job(stop);
    } catch (const std::exception& failure) {
      log::error("background", "a job failed", {{"reason", failure.what()}});
    }
  }
}

}  // namespace xl
