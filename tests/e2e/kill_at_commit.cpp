// SPDX-License-Identifier: Apache-2.0
// Preloaded into the cloud by tests/e2e/test_kill_points.py: counts what SQLite commits to its write-ahead log, and
// kills the process (SIGKILL) right before a commit's first byte is written, or right after its last one is durable.
// With synchronous = FULL a commit ends with one fdatasync of the log; the header of a new log is synced as well, and
// counts as a commit. The file that XL_KILL_AT names holds a Control, shared by the cloud's processes and the test.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

struct Control {
  std::atomic<std::int64_t> commits;
  std::atomic<std::int64_t> before;  // the number of the commit that must not happen; 0: none
  std::atomic<std::int64_t> after;   // the number of the commit that nobody must hear of; 0: none
  std::atomic<std::int64_t> kills;
};

Control& control() {
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

bool is_log(int fd) {
  std::array<char, 4096> name;
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), name.data(), name.size());
  return size > 0 && std::string_view(name.data(), static_cast<std::size_t>(size)).ends_with(".sqlite-wal");
}

/// Once: whoever comes next, in this process or the one that replaces it, lives on.
void die_at(std::atomic<std::int64_t>& wanted, std::int64_t number) {
  if (!wanted.compare_exchange_strong(number, 0)) return;
  ++control().kills;
  ::kill(::getpid(), SIGKILL);
  ::pause();
}

}  // namespace

extern "C" ssize_t pwrite64(int fd, const void* data, std::size_t size, off64_t offset) {
  static const auto real = reinterpret_cast<decltype(&pwrite64)>(::dlsym(RTLD_NEXT, "pwrite64"));
  if (is_log(fd)) die_at(control().before, control().commits + 1);
  return real(fd, data, size, offset);
}

extern "C" int fdatasync(int fd) {
  static const auto real = reinterpret_cast<decltype(&fdatasync)>(::dlsym(RTLD_NEXT, "fdatasync"));
  const int done = real(fd);
  if (is_log(fd)) die_at(control().after, ++control().commits);
  return done;
}
