// SPDX-License-Identifier: Apache-2.0
// A folder on a disk that keeps only what was synced, and that fails when a test wants it. The test program's own
// openat, write, pread, fdatasync, fsync, renameat and unlinkat (forgetful_disk.cpp) tell it what goes on.
#pragma once
#include <sys/types.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xl::platform::testing {

class ForgetfulDisk {
 public:
  using Files = std::map<std::string, std::string>;  ///< content by name

  struct Fault {
    unsigned call = 0;  ///< which of the calls below, from 0
    int error = EIO;    ///< errno
    bool and_all_after = false;
    bool after_half = false;  ///< a write stores half of it, and the next one fails
  };

  /// Watches this thread's calls in `folder`, whose files are all durable now. One at a time.
  explicit ForgetfulDisk(const std::filesystem::path& folder);
  ~ForgetfulDisk();
  ForgetfulDisk(const ForgetfulDisk&) = delete;
  ForgetfulDisk& operator=(const ForgetfulDisk&) = delete;

  /// All that may be found when the power goes now: changes of names as far as they were synced, or later ones in their
  /// order; contents that were not synced missing, cut off, as zeros, or whole.
  std::vector<Files> after_power_cut() const;

  std::optional<Fault> fault;
  std::function<void()> on_step;  ///< after each call
  unsigned calls = 0;
  unsigned reads = 0;                                 ///< of the calls
  std::vector<std::filesystem::path> synced_folders;  ///< of any place

  // What the calls do.
  int open_at(int folder, const char* name, int flags, mode_t mode);
  ssize_t read_at(int file, void* bytes, std::size_t size, off_t offset);
  ssize_t write(int file, const void* bytes, std::size_t size);
  int sync_data(int file);
  int sync(int file);
  int rename_at(int old_folder, const char* old_name, int new_folder, const char* new_name);
  int unlink_at(int folder, const char* name, int flags);

 private:
  struct Content {
    std::string durable, cached;
  };
  using ContentPtr = std::shared_ptr<Content>;
  using Names = std::map<std::string, ContentPtr>;
  using Change = std::vector<std::pair<std::string, ContentPtr>>;  ///< of names at once; null: gone

  bool is_here(int descriptor) const;
  ContentPtr written(int file) const;
  /// True when this call is to fail; errno is set.
  bool fails();
  template <class Result>
  Result done(Result result);
  void change(Change change);
  static void apply(const Change& change, Names& names);

  std::filesystem::path folder_;
  Names durable_, cached_;
  std::vector<Change> pending_;
  std::map<int, ContentPtr> open_;
  bool is_busy_ = false;  ///< on_step makes calls of its own
};

}  // namespace xl::platform::testing
