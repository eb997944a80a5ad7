// SPDX-License-Identifier: Apache-2.0
#include "unit/platform/forgetful_disk.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdarg>

#include "unit/platform/support.hpp"

namespace xl::platform::testing {
namespace {

namespace fs = std::filesystem;

thread_local ForgetfulDisk* watching = nullptr;

fs::path path_of(int descriptor) {
  std::error_code failure;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failure);
}

int really_open(int folder, const char* name, int flags, mode_t mode) {
  return static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
}
ssize_t really_write(int file, const void* bytes, std::size_t size) { return ::syscall(SYS_write, file, bytes, size); }

ssize_t really_read_at(int file, void* bytes, std::size_t size, off_t offset) {
  return ::syscall(SYS_pread64, file, bytes, size, offset);
}

}  // namespace

ForgetfulDisk::ForgetfulDisk(const fs::path& folder) : folder_(fs::canonical(folder)) {
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string text = read_file(entry.path());
    cached_[entry.path().filename()] = std::make_shared<Content>(Content{text, text});
  }
  durable_ = cached_;
  watching = this;
}

ForgetfulDisk::~ForgetfulDisk() { watching = nullptr; }

std::vector<ForgetfulDisk::Files> ForgetfulDisk::after_power_cut() const {
  const std::array<std::function<std::string(const Content&)>, 4> fates{
      [](const Content& content) { return content.durable; },
      [](const Content& content) { return content.cached.substr(0, content.cached.size() / 2); },
      [](const Content& content) { return std::string(content.cached.size(), '\0'); },
      [](const Content& content) { return content.cached; },
  };
  std::vector<Files> disks;
  Names names = durable_;
  for (std::size_t kept = 0;; ++kept) {
    for (const auto& fate : fates) {
      Files files;
      for (const auto& [name, content] : names) {
        files[name] = content->durable == content->cached ? content->durable : fate(*content);
      }
      disks.push_back(std::move(files));
    }
    if (kept == pending_.size()) return disks;
    apply(pending_[kept], names);
  }
}

bool ForgetfulDisk::is_here(int descriptor) const { return !is_busy_ && path_of(descriptor) == folder_; }

/// What is being written; null for a file that is not watched, also one that has a closed one's number.
ForgetfulDisk::ContentPtr ForgetfulDisk::written(int file) const {
  const auto known = open_.find(file);
  const bool is_it = !is_busy_ && known != open_.end() && path_of(file).parent_path() == folder_;
  return is_it ? known->second : nullptr;
}

bool ForgetfulDisk::fails() {
  const unsigned number = calls++;
  const bool strikes = fault && (number == fault->call || (fault->and_all_after && number > fault->call));
  if (strikes) errno = fault->error;
  return strikes;
}

template <class Result>
Result ForgetfulDisk::done(Result result) {
  const int reason = errno;
  is_busy_ = true;
  if (on_step) on_step();
  is_busy_ = false;
  errno = reason;
  return result;
}

void ForgetfulDisk::apply(const Change& change, Names& names) {
  for (const auto& [name, content] : change) {
    if (content) {
      names[name] = content;
    } else {
      names.erase(name);
    }
  }
}

void ForgetfulDisk::change(Change change) {
  apply(change, cached_);
  pending_.push_back(std::move(change));
}

int ForgetfulDisk::open_at(int folder, const char* name, int flags, mode_t mode) {
  if (!is_here(folder)) return really_open(folder, name, flags, mode);
  if (fails()) return done(-1);
  const int file = really_open(folder, name, flags, mode);
  if (file < 0 || (flags & O_CREAT) == 0) return done(file);
  const auto known = cached_.find(name);
  const ContentPtr content = known == cached_.end() ? std::make_shared<Content>() : known->second;
  if (known == cached_.end()) change({{name, content}});
  content->cached.clear();  // O_TRUNC
  open_[file] = content;
  return done(file);
}

ssize_t ForgetfulDisk::read_at(int file, void* bytes, std::size_t size, off_t offset) {
  const bool is_watched = !is_busy_ && path_of(file).parent_path() == folder_;
  if (is_watched) ++reads;
  if (is_watched && fails()) return done(ssize_t{-1});
  const ssize_t count = really_read_at(file, bytes, size, offset);
  return is_watched ? done(count) : count;
}

ssize_t ForgetfulDisk::write(int file, const void* bytes, std::size_t size) {
  const ContentPtr content = written(file);
  if (!content) return really_write(file, bytes, size);
  const bool halves = fault && fault->after_half && calls == fault->call && size > 1;
  if (halves) {
    size /= 2;
    ++calls;
    ++fault->call;
  } else if (fails()) {
    return done(ssize_t{-1});
  }
  content->cached.append(static_cast<const char*>(bytes), size);
  return done(really_write(file, bytes, size));
}

int ForgetfulDisk::sync_data(int file) {
  const ContentPtr content = written(file);
  if (!content) return static_cast<int>(::syscall(SYS_fdatasync, file));
  if (fails()) return done(-1);
  content->durable = content->cached;
  return done(0);
}

int ForgetfulDisk::sync(int file) {
  if (!is_busy_) synced_folders.push_back(path_of(file));
  if (!is_here(file)) return static_cast<int>(::syscall(SYS_fsync, file));
  if (fails()) return done(-1);
  durable_ = cached_;
  pending_.clear();
  return done(0);
}

int ForgetfulDisk::rename_at(int old_folder, const char* old_name, int new_folder, const char* new_name) {
  const auto really = [&] {
    return static_cast<int>(::syscall(SYS_renameat, old_folder, old_name, new_folder, new_name));
  };
  if (!is_here(old_folder)) return really();
  if (fails()) return done(-1);
  const int result = really();
  if (result == 0) change({{new_name, cached_.at(old_name)}, {old_name, nullptr}});
  return done(result);
}

int ForgetfulDisk::unlink_at(int folder, const char* name, int flags) {
  const auto really = [&] { return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags)); };
  if (!is_here(folder)) return really();
  if (fails()) return done(-1);
  const int result = really();
  if (result == 0) change({{name, nullptr}});
  return done(result);
}

}  // namespace xl::platform::testing

using xl::platform::testing::watching;

extern "C" int openat(int folder, const char* name, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
  }
  if (watching != nullptr) return watching->open_at(folder, name, flags, mode);
  return xl::platform::testing::really_open(folder, name, flags, mode);
}

extern "C" ssize_t write(int file, const void* bytes, size_t size) {
  if (watching != nullptr) return watching->write(file, bytes, size);
  return xl::platform::testing::really_write(file, bytes, size);
}

extern "C" ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  if (watching != nullptr) return watching->read_at(file, bytes, size, offset);
  return xl::platform::testing::really_read_at(file, bytes, size, offset);
}

extern "C" int fdatasync(int file) {
  if (watching != nullptr) return watching->sync_data(file);
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

extern "C" int fsync(int file) {
  if (watching != nullptr) return watching->sync(file);
  return static_cast<int>(::syscall(SYS_fsync, file));
}

extern "C" int renameat(int old_folder, const char* old_name, int new_folder, const char* new_name) noexcept {
  if (watching != nullptr) return watching->rename_at(old_folder, old_name, new_folder, new_name);
  return static_cast<int>(::syscall(SYS_renameat, old_folder, old_name, new_folder, new_name));
}

extern "C" int unlinkat(int folder, const char* name, int flags) noexcept {
  if (watching != nullptr) return watching->unlink_at(folder, name, flags);
  return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}
