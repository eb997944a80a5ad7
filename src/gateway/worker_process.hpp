// SPDX-License-Identifier: Apache-2.0
// Starts a gateway worker's process and tells when it has ended.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace xl::gateway {

class WorkerProcess {
 public:
  /// `descriptors` become those that worker.hpp names, in its order. `on_ended` gets the status of waitpid().
  /// The process is in a group of its own, so that Ctrl-C in a terminal reaches only us.
  /// errors: unavailable (no descriptor, no process, no program)
  static Result<std::unique_ptr<WorkerProcess>> start(boost::asio::io_context& reactor,
                                                      const std::vector<std::string>& command,
                                                      const std::vector<int>& descriptors,
                                                      std::function<void(int status)> on_ended);
  /// Kills it if it still runs.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  int id() const { return id_; }
  void kill();

 private:
  WorkerProcess(boost::asio::io_context& reactor, int id, int handle);
  void watch(std::function<void(int status)> on_ended);
  int reap();

  int id_;
  boost::asio::posix::stream_descriptor ended_;
};

}  // namespace xl::gateway
