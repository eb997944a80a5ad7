// SPDX-License-Identifier: Apache-2.0
#include "gateway/engines/mosquitto.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "gateway/engine_socket.hpp"
#include "gateway/engines/folder_lock.hpp"
#include "gateway/wire.hpp"

namespace xl::gateway {
namespace {

constexpr const char* kSocketName = "engine.sock";
constexpr std::chrono::seconds kReadyWithin{10};
constexpr std::chrono::milliseconds kProbeEvery{1000};
constexpr std::chrono::seconds kAnswerWithin{10};
constexpr std::chrono::seconds kStopWithin{5};
/// The child holds the folder's lock as well, see folder_lock.hpp.
constexpr int kInheritedLock = STDERR_FILENO + 1;
constexpr std::chrono::milliseconds kRestartMin{100};
constexpr std::chrono::milliseconds kRestartMax{5000};

std::string find_mosquitto() {
  for (const char* path : {"/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

/// Without an explicit user Mosquitto run by root changes to its own, which may not enter our folder.
std::string user_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "root";
}

std::string configuration() {
  return "user " + user_name() +
         "\n"
         "listener 0 " +
         kSocketName +
         "\n"
         "allow_anonymous true\n"
         "persistence true\n"
         "persistence_location ./\n"
         "autosave_interval 30\n"
         "max_inflight_messages 100\n"
         "max_queued_messages 1000\n"
         "max_queued_bytes 4194304\n"  // of one absent device: 32 of the largest
         "persistent_client_expiration 1h\n"
         "log_dest stderr\n"
         "log_type error\n"
         "log_type warning\n";
}

/// A CONNACK over the socket is the only sign that counts: the process may live with a socket it could not bind.
/// not_asked: this process has no descriptor left, which must not cost the engine its life.
enum class Probe { answered, silent, not_asked };
Probe probe(const std::filesystem::path& socket) {
  const EngineSocket engine = connect_engine(socket);
  if (engine.outcome == ConnectOutcome::no_descriptor) return Probe::not_asked;
  if (engine.outcome != ConnectOutcome::connected) return Probe::silent;
  const std::string hello =
      encoded(mqtt::Connect{.client_id = "probe", .clean_session = true, .keep_alive_seconds = 10});
  std::array<char, 4> answer{};
  pollfd ready{engine.descriptor, POLLIN, 0};
  const bool good =
      ::send(engine.descriptor, hello.data(), hello.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(hello.size()) &&
      ::poll(&ready, 1, 500) == 1 && ::recv(engine.descriptor, answer.data(), answer.size(), 0) == 4 &&
      answer[0] == 0x20 && answer[3] == 0;
  ::close(engine.descriptor);
  return good ? Probe::answered : Probe::silent;
}

class Child final : public MosquittoChild {
 public:
  Child(std::filesystem::path folder, std::string program, int lock)
      : folder_(std::move(folder)), program_(std::move(program)), lock_(lock) {}

  ~Child() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (const int pid = pid_; pid > 0) ::kill(pid, SIGTERM);
    if (thread_.joinable()) thread_.join();
    ::close(lock_);
  }

  Status start() {
    std::ofstream(folder_ / "mosquitto.conf") << configuration();
    // The keeper forks the child and lives as long as we do: PDEATHSIG follows the thread that forked.
    thread_ = std::thread([this] { keep(); });
    const auto deadline = std::chrono::steady_clock::now() + kReadyWithin;
    while (probe(socket_path()) != Probe::answered) {
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(Error::unavailable("the MQTT engine did not come up; see " + (folder_ / "mosquitto.log").string()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
  }

  std::filesystem::path socket_path() const override { return folder_ / kSocketName; }
  int process_id() const override { return pid_; }

 private:
  void keep() {
    auto pause = kRestartMin;
    while (!is_stopping()) {
      const auto started = std::chrono::steady_clock::now();
      const int pid = spawn();
      if (pid > 0) note_engine(lock_, ::getpid(), pid);
      pid_ = pid;
      if (is_stopping() && pid > 0) ::kill(pid, SIGTERM);
      const int status = pid > 0 ? watch(pid) : -1;
      pid_ = 0;
      if (is_stopping()) return;
      if (std::chrono::steady_clock::now() - started > kRestartMax) pause = kRestartMin;
      log::error("engine", "mosquitto ended; starting it again",
                 {{"status", std::to_string(status)}, {"after_ms", std::to_string(pause.count())}});
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, pause, [this] { return stopping_; });
      pause = std::min(pause * 2, kRestartMax);
    }
  }

  /// Until the child has ended; one that does not answer any more, or not to SIGTERM, is killed.
  int watch(int pid) {
    using Clock = std::chrono::steady_clock;
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    auto answered = Clock::now();
    pollfd ended{handle, POLLIN, 0};
    while (handle >= 0 && ::poll(&ended, 1, kProbeEvery.count()) <= 0) {
      if (!is_stopping() && probe(socket_path()) != Probe::silent) answered = Clock::now();
      if (Clock::now() - answered < (is_stopping() ? kStopWithin : kAnswerWithin)) continue;
      log::error("engine", "mosquitto does not answer; killing it", {{"pid", std::to_string(pid)}});
      ::kill(pid, SIGKILL);
      break;
    }
    if (handle >= 0) ::close(handle);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  /// Between fork and exec only async-signal-safe calls: other threads may hold any lock.
  int spawn() {
    ::unlink(socket_path().c_str());
    const std::string log_file = (folder_ / "mosquitto.log").string();
    const std::string folder = folder_.string();
    const int parent = ::getpid();
    const int pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(lock_, kInheritedLock);
    ::fcntl(kInheritedLock, F_SETFD, 0);        // it may have been that descriptor already, to be closed on exec
    ::close_range(kInheritedLock + 1, ~0U, 0);  // before one is needed: the parent may have used them up
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (::chdir(folder.c_str()) != 0 || log < 0) ::_exit(1);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::umask(077);
    ::execl(program_.c_str(), "mosquitto", "-c", "mosquitto.conf", nullptr);
    ::_exit(127);
  }

  const std::filesystem::path folder_;
  const std::string program_;
  const int lock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::atomic<int> pid_ = 0;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<MosquittoChild>> start_mosquitto(const std::filesystem::path& folder) {
  const std::string program = find_mosquitto();
  if (program.empty()) {
    return fail(
        Error{Errc::not_found, "the MQTT engine mosquitto is not installed. On Debian: apt-get install mosquitto"});
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || ::chmod(folder.c_str(), 0700) != 0) return fail(Error::io("cannot make folder " + folder.string()));
  XL_TRY(const int lock, lock_engine_folder(folder));
  auto child = std::make_unique<Child>(folder, program, lock);
  XL_CHECK(child->start());
  return std::unique_ptr<MosquittoChild>(std::move(child));
}

}  // namespace xl::gateway
