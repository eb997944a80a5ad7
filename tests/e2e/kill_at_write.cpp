// SPDX-License-Identifier: Apache-2.0
// Preloaded into the module by tests/e2e/test_kill_points.py: a step is a call with which its storage makes a value
// durable, replaces one or takes one away (src/platform/linux/file_storage.cpp).
#include <dlfcn.h>
#include <stdio.h>

#include "kill_at.hpp"

namespace {

template <class Call, class... Arguments>
int step(Call real, Arguments... arguments) {
  kill_at::step_begins();
  const int done = real(arguments...);
  kill_at::step_is_done();
  return done;
}

}  // namespace

extern "C" int fdatasync(int fd) {
  static const auto real = reinterpret_cast<decltype(&fdatasync)>(::dlsym(RTLD_NEXT, "fdatasync"));
  return step(real, fd);
}

extern "C" int fsync(int fd) {
  static const auto real = reinterpret_cast<decltype(&fsync)>(::dlsym(RTLD_NEXT, "fsync"));
  return step(real, fd);
}

extern "C" int renameat(int old_folder, const char* old_name, int new_folder, const char* new_name) noexcept {
  static const auto real = reinterpret_cast<decltype(&renameat)>(::dlsym(RTLD_NEXT, "renameat"));
  return step(real, old_folder, old_name, new_folder, new_name);
}

extern "C" int unlinkat(int folder, const char* name, int flags) noexcept {
  static const auto real = reinterpret_cast<decltype(&unlinkat)>(::dlsym(RTLD_NEXT, "unlinkat"));
  return step(real, folder, name, flags);
}
