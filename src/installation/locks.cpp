// SPDX-License-Identifier: Apache-2.0
// DIR/serve.lock is the server's. The folder itself is locked for its registry: shared by whoever opens it, alone by a
// restore; that needs no file of its own, so that even a folder that may only be read can be checked.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "installation/files.hpp"
#include "installation/installation.hpp"
#include "store/restore.hpp"

namespace xl::installation {
namespace {

class DescriptorLock final : public FolderLock {
 public:
  explicit DescriptorLock(int fd) : fd_(fd) {}
  ~DescriptorLock() override { ::close(fd_); }
  bool take(int how) { return ::flock(fd_, how | LOCK_NB) == 0; }

 private:
  int fd_;
};

Result<std::unique_ptr<DescriptorLock>> open_lock(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(Error::io("cannot open " + path.string() + ": " + std::strerror(errno) +
                          ". The data directory must exist and be this user's"));
  }
  return std::make_unique<DescriptorLock>(fd);
}

}  // namespace

Result<std::unique_ptr<FolderLock>> lock_for_serving(const std::filesystem::path& folder) {
  XL_CHECK(make_private_folder(folder));
  XL_TRY(auto lock, open_lock(folder / "serve.lock", O_RDWR | O_CREAT));
  if (!lock->take(LOCK_EX)) {
    return fail(Error::unavailable("another expresslink-cloud serves " + folder.string() +
                                   ". Stop it first, or choose another --data-dir."));
  }
  return std::unique_ptr<FolderLock>(std::move(lock));
}

Result<std::unique_ptr<FolderLock>> lock_for_use(const std::filesystem::path& folder) {
  const Error restoring =
      Error::unavailable("a restore of " + folder.string() + " is running. Wait for its end and try again.");
  const auto registry = registry_of(std::filesystem::absolute(folder));
  XL_TRY(auto lock, open_lock(folder, O_RDONLY | O_DIRECTORY));
  if (!lock->take(LOCK_SH)) return fail(restoring);
  if (store::is_restore_unfinished(registry)) {
    if (!lock->take(LOCK_EX)) return fail(restoring);
    XL_CHECK(store::finish_restore(registry));
    if (!lock->take(LOCK_SH)) return fail(restoring);
  }
  return std::unique_ptr<FolderLock>(std::move(lock));
}

Result<std::unique_ptr<FolderLock>> lock_for_restore(const std::filesystem::path& folder) {
  XL_TRY(auto lock, open_lock(folder, O_RDONLY | O_DIRECTORY));
  if (!lock->take(LOCK_EX)) {
    return fail(
        Error::unavailable("another expresslink-cloud (serve, or a command that has not ended) has the registry "
                           "of " +
                           folder.string() + " open. Stop it first."));
  }
  return std::unique_ptr<FolderLock>(std::move(lock));
}

}  // namespace xl::installation
