// SPDX-License-Identifier: Apache-2.0
#include "gateway/engines/folder_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "base/log.hpp"

namespace xl::gateway {
namespace {

constexpr std::chrono::seconds kPredecessorEndsWithin{5};

std::filesystem::path lock_file(const std::filesystem::path& folder) { return folder / "lock"; }

int parent_of(const std::filesystem::path& process) {
  std::string pid, name, state;
  int parent = 0;
  std::ifstream(process / "stat") >> pid >> name >> state >> parent;
  return parent;
}

/// The engine that runs in the folder although its owner is gone; 0: there is none. The number may be another process's
/// by now, so it counts only while that process is at home here.
int orphan_in(const std::filesystem::path& folder) {
  int owner = 0, engine = 0;
  std::ifstream(lock_file(folder)) >> owner >> engine;
  if (engine <= 0) return 0;
  const auto process = std::filesystem::path("/proc") / std::to_string(engine);
  std::error_code error;
  if (!std::filesystem::equivalent(process / "cwd", folder, error)) return 0;
  const int parent = parent_of(process);
  return parent > 0 && parent != owner ? engine : 0;
}

bool take(int lock) {
  const auto deadline = std::chrono::steady_clock::now() + kPredecessorEndsWithin;
  while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

bool kill_orphan(const std::filesystem::path& folder) {
  const int orphan = orphan_in(folder);
  if (orphan == 0) return false;
  log::error("engine", "mosquitto has outlived its cloud and does not end; killing it",
             {{"pid", std::to_string(orphan)}});
  return ::kill(orphan, SIGKILL) == 0;
}

}  // namespace

Result<int> lock_engine_folder(const std::filesystem::path& folder) {
  const int lock = ::open(lock_file(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return fail(Error::io("cannot write to folder " + folder.string()));
  if (take(lock) || (kill_orphan(folder) && take(lock))) return lock;
  ::close(lock);
  return fail(Error::unavailable("another program runs its MQTT engine in " + folder.string()));
}

void note_engine(int lock, int owner_pid, int engine_pid) {
  std::array<char, 32> note{};
  const int size = std::snprintf(note.data(), note.size(), "%10d %10d\n", owner_pid, engine_pid);
  (void)!::pwrite(lock, note.data(), static_cast<std::size_t>(size), 0);  // without it we only wait in vain
}

}  // namespace xl::gateway
