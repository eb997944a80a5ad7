// SPDX-License-Identifier: Apache-2.0
// Preloaded into the cloud by tests/e2e/test_kill_points.py: a step is what SQLite commits to its write-ahead log. Dies
// right before a commit's first byte is written, or right after its last one is durable. With synchronous = FULL a
// commit ends with one fdatasync of the log; the header of a new log is synced as well, and counts as a commit.
#include <dlfcn.h>

#include <array>
#include <string>
#include <string_view>

#include "kill_at.hpp"

namespace {

bool is_log(int fd) {
  std::array<char, 4096> name;
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), name.data(), name.size());
  return size > 0 && std::string_view(name.data(), static_cast<std::size_t>(size)).ends_with(".sqlite-wal");
}

}  // namespace

extern "C" ssize_t pwrite64(int fd, const void* data, std::size_t size, off64_t offset) {
  static const auto real = reinterpret_cast<decltype(&pwrite64)>(::dlsym(RTLD_NEXT, "pwrite64"));
  if (is_log(fd)) kill_at::step_begins();
  return real(fd, data, size, offset);
}

extern "C" int fdatasync(int fd) {
  static const auto real = reinterpret_cast<decltype(&fdatasync)>(::dlsym(RTLD_NEXT, "fdatasync"));
  const int done = real(fd);
  if (is_log(fd)) kill_at::step_is_done();
  return done;
}
