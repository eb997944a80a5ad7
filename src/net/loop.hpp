// SPDX-License-Identifier: Apache-2.0
// The server's one thread, reachable from others. Only for the .cpp files of net/.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <utility>

namespace xl::net {

/// Shared by the server and by everything that callers keep (responders, event streams), so it outlives all of them.
/// Work given to it must not own it: the io_context would then keep itself alive.
class Loop {
 public:
  boost::asio::io_context io{1};

  bool is_current() { return io.get_executor().running_in_this_thread(); }

  /// False once the thread has ended: the work is then not run.
  template <class Work>
  bool post(Work work) {
    const std::scoped_lock lock(mutex_);
    if (!finished_) boost::asio::post(io, std::move(work));
    return !finished_;
  }

  /// Until nothing is left to do.
  void run() {
    io.run();
    {
      const std::scoped_lock lock(mutex_);
      finished_ = true;
    }
    io.restart();
    io.poll();  // what was posted between the end of run() and `finished_`
  }

 private:
  std::mutex mutex_;
  bool finished_ = false;
};

}  // namespace xl::net
