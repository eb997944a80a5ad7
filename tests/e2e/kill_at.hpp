// SPDX-License-Identifier: Apache-2.0
// What tests preload into a program to kill it (SIGKILL) at one of its steps, which a library counts.
// The file that XL_KILL_AT names holds a Control, shared by the program's processes and the test.
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace kill_at {

struct Control {
  std::atomic<std::int64_t> steps;
  std::atomic<std::int64_t> before;  // the number of the step that must not happen; 0: none
  std::atomic<std::int64_t> after;   // the number of the step that nobody must hear of; 0: none
  std::atomic<std::int64_t> kills;
};

inline Control& control() {
  static Control* const shared = [] {
    const char* file = std::getenv("XL_KILL_AT");
    const int fd = file == nullptr ? -1 : ::open(file, O_RDWR | O_CLOEXEC);
    void* memory = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) std::abort();  // a test that counts nothing must not pass
    ::close(fd);
    return static_cast<Control*>(memory);
  }();
  return *shared;
}

/// Once: whoever comes next, in this process or the one that replaces it, lives on. A step that went by while the test
/// was asking for it is made up for by the next.
inline void die_at(std::atomic<std::int64_t>& wanted, std::int64_t number) {
  std::int64_t target = wanted;
  if (target == 0 || number < target || !wanted.compare_exchange_strong(target, 0)) return;
  ++control().kills;
  ::kill(::getpid(), SIGKILL);
  ::pause();
}

inline void step_begins() { die_at(control().before, control().steps + 1); }
inline void step_is_done() { die_at(control().after, ++control().steps); }

}  // namespace kill_at
