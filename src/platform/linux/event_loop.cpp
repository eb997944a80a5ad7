// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/event_loop.hpp"

#include <algorithm>
#include <string>

#include "base/log.hpp"

namespace xl::platform {

void EventLoop::watch(int fd, short events, Handler handler) {
  watches_[fd] = Watch{events, std::make_shared<Handler>(std::move(handler))};
}

void EventLoop::set_events(int fd, short events) {
  if (const auto found = watches_.find(fd); found != watches_.end()) found->second.events = events;
}

void EventLoop::forget(int fd) { watches_.erase(fd); }

EventLoop::TimerId EventLoop::at(Clock::time_point when, Callback callback) {
  const TimerId id = ++last_timer_;
  timers_.emplace(std::pair(when, id), std::move(callback));
  timer_times_.emplace(id, when);
  return id;
}

void EventLoop::cancel(TimerId id) {
  const auto found = timer_times_.find(id);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, id});
  timer_times_.erase(found);
}

void EventLoop::defer(Callback callback) { deferred_.push_back(std::move(callback)); }

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) turn(std::chrono::hours(1));
}

void EventLoop::turn(std::chrono::milliseconds wait) {
  run_deferred();
  run_timers();
  if (before_wait_) before_wait_();
  std::vector<pollfd> polled;
  polled.reserve(watches_.size());
  for (const auto& [fd, watch] : watches_) polled.push_back({fd, watch.events, 0});
  if (::poll(polled.data(), polled.size(), poll_timeout(wait)) <= 0) return;  // an interrupted wait is a short one
  for (const pollfd& ready : polled) {
    if (ready.revents != 0) dispatch(ready);
  }
}

void EventLoop::run_deferred() {
  for (const Callback& callback : std::exchange(deferred_, {})) callback();
}

void EventLoop::run_timers() {
  const Clock::time_point now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto timer = timers_.extract(timers_.begin());
    timer_times_.erase(timer.key().second);
    timer.mapped()();
  }
}

int EventLoop::poll_timeout(std::chrono::milliseconds wait) const {
  if (stopped_ || !deferred_.empty()) return 0;
  if (!timers_.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now());
    wait = std::min(wait, left);
  }
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 3'600'000));
}

/// An earlier handler of the same turn may have forgotten this descriptor, or closed it and opened another under its
/// number. The latter sees at worst one event too many, which non-blocking descriptors shrug off.
void EventLoop::dispatch(const pollfd& ready) {
  const auto found = watches_.find(ready.fd);
  if (found == watches_.end()) return;
  if ((ready.revents & POLLNVAL) != 0) {
    log::error("platform", "a descriptor was closed while it was watched", {{"fd", std::to_string(ready.fd)}});
    watches_.erase(found);
    return;
  }
  const std::shared_ptr<Handler> handler = found->second.handler;  // keeps it alive while it forgets itself
  (*handler)(ready.revents);
}

}  // namespace xl::platform
