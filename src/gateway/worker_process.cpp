// SPDX-License-Identifier: Apache-2.0
#include "gateway/worker_process.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "gateway/worker.hpp"

extern "C" char** environ;

namespace xl::gateway {
namespace {

/// The new process's descriptors and signals.
class SpawnPlan {
 public:
  explicit SpawnPlan(const std::vector<int>& sources) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    // By way of numbers that are free in any case: a source may sit where another is to go.
    const int count = static_cast<int>(sources.size());
    for (int i = 0; i < count; ++i) move(sources[static_cast<std::size_t>(i)], kParking + i);
    for (int i = 0; i < count; ++i) move(kParking + i, kWorkerControl + i);
    posix_spawn_file_actions_addclosefrom_np(&files_, kWorkerControl + count);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  Result<int> spawn(const std::vector<std::string>& command) const {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t id = 0;
    const int error = ::posix_spawn(&id, arguments[0], &files_, &attributes_, arguments.data(), environ);
    if (error != 0) return fail(Error::unavailable("cannot start " + command[0] + ": " + std::strerror(error)));
    return id;
  }

 private:
  static constexpr int kParking = 100;
  void move(int from, int to) { posix_spawn_file_actions_adddup2(&files_, from, to); }

  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(boost::asio::io_context& reactor,
                                                            const std::vector<std::string>& command,
                                                            const std::vector<int>& descriptors,
                                                            std::function<void(int status)> on_ended) {
  XL_TRY(const int id, SpawnPlan(descriptors).spawn(command));
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  if (handle < 0) {
    ::kill(id, SIGKILL);
    ::waitpid(id, nullptr, 0);
    return fail(Error::unavailable("cannot watch a worker"));
  }
  std::unique_ptr<WorkerProcess> process(new WorkerProcess(reactor, id, handle));
  process->watch(std::move(on_ended));
  return process;
}

WorkerProcess::WorkerProcess(boost::asio::io_context& reactor, int id, int handle) : id_(id), ended_(reactor, handle) {}

WorkerProcess::~WorkerProcess() {
  if (id_ == 0) return;
  kill();
  reap();
}

void WorkerProcess::kill() {
  if (id_ != 0) ::kill(id_, SIGKILL);
}

void WorkerProcess::watch(std::function<void(int status)> on_ended) {
  ended_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this, on_ended = std::move(on_ended)](auto error) {
                      if (!error) on_ended(reap());
                    });
}

int WorkerProcess::reap() {
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = 0;
  return status;
}

}  // namespace xl::gateway
