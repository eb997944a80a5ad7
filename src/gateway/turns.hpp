// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>

namespace xl::gateway {

/// Expensive work in line: one piece each time around the reactor's loop, so that messages get through while thousands
/// shake hands.
class Turns {
 public:
  explicit Turns(boost::asio::io_context& reactor) : reactor_(reactor) {}

  void take(std::function<void()> work) {
    waiting_.push_back(std::move(work));
    if (waiting_.size() == 1) next_time();
  }
  std::size_t waiting() const { return waiting_.size(); }
  void clear() { waiting_.clear(); }

 private:
  void next_time() {
    boost::asio::post(reactor_, [this] {
      if (waiting_.empty()) return;
      const auto work = std::move(waiting_.front());
      waiting_.pop_front();
      if (!waiting_.empty()) next_time();
      work();
    });
  }

  boost::asio::io_context& reactor_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace xl::gateway
