// SPDX-License-Identifier: Apache-2.0
// A thread for what takes too long for a reactor and has no business on the registry's writer: making keys.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace xl {

class Background {
 public:
  /// Every job that was taken is run, also at the end: the token then says that it should give up at once.
  using Job = std::function<void(const std::stop_token& stop)>;

  explicit Background(std::size_t waiting_max);
  ~Background() { stop(); }

  /// False: too many are waiting, or it was stopped; the job is not taken. Thread-safe.
  bool try_add(Job job);
  /// Waits for the job that runs and has the others give up.
  void stop();

 private:
  void run(const std::stop_token& stop);

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable_any came_;
  std::deque<Job> waiting_;
  std::jthread thread_;
  const std::stop_token stopping_;
};

}  // namespace xl
