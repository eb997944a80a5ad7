// SPDX-License-Identifier: Apache-2.0
// The one thread of a module on Linux: file descriptors, timers and deferred calls over poll(2).
#pragma once
#include <poll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace xl::platform {

/// Not thread-safe. Handlers may watch, forget, set and cancel whatever they like, themselves included.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(short events)>;
  using Callback = std::function<void()>;
  using TimerId = std::uint64_t;

  /// Calls `handler` whenever poll(2) reports `events`, POLLERR or POLLHUP. The descriptor stays the caller's, who
  /// forgets it before closing it.
  void watch(int fd, short events, Handler handler);
  void set_events(int fd, short events);
  void forget(int fd);

  TimerId at(Clock::time_point when, Callback callback);
  void cancel(TimerId id);  ///< harmless when it has run or never was
  /// In the next turn, before anything waits.
  void defer(Callback callback);
  /// Runs each turn just before the loop waits: the place to set timers by what the turn has changed.
  void before_wait(Callback callback) { before_wait_ = std::move(callback); }

  void run();  ///< until stop()
  void stop() { stopped_ = true; }
  /// One turn: deferred calls, due timers, then descriptors, waiting at most `wait`.
  void turn(std::chrono::milliseconds wait);

 private:
  struct Watch {
    short events;
    std::shared_ptr<Handler> handler;
  };
  void run_deferred();
  void run_timers();
  int poll_timeout(std::chrono::milliseconds wait) const;
  void dispatch(const pollfd& ready);

  std::map<int, Watch> watches_;
  std::map<std::pair<Clock::time_point, TimerId>, Callback> timers_;
  std::map<TimerId, Clock::time_point> timer_times_;
  std::vector<Callback> deferred_;
  Callback before_wait_;
  TimerId last_timer_ = 0;
  bool stopped_ = false;
};

}  // namespace xl::platform
