// SPDX-License-Identifier: Apache-2.0
#include "store/durable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace xl::store {
namespace {

Error io_error(std::string_view what, const std::filesystem::path& file) {
  return Error::io(std::string(what) + " " + file.string() + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& file, int flags) : fd_(::open(file.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

Status sync(const std::filesystem::path& file, int flags) {
  const Descriptor fd(file, flags);
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return fail(io_error("cannot sync", file));
  return {};
}

bool write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

Status create_private(const std::filesystem::path& file) {
  const Descriptor fd(file, O_WRONLY | O_CREAT | O_EXCL);
  if (!fd.is_open()) return fail(io_error("cannot create", file));
  return {};
}

Status copy_private(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Descriptor in(from, O_RDONLY);
  if (!in.is_open()) return fail(io_error("cannot read", from));
  const Descriptor out(to, O_WRONLY | O_CREAT | O_EXCL);
  if (!out.is_open()) return fail(io_error("cannot create", to));
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = ::read(in.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(io_error("cannot read", from));
    if (count == 0) break;
    if (!write_all(out.get(), buffer.data(), static_cast<std::size_t>(count)))
      return fail(io_error("cannot write", to));
  }
  if (::fsync(out.get()) != 0) return fail(io_error("cannot write", to));
  return {};
}

Status sync_file(const std::filesystem::path& file) { return sync(file, O_RDONLY); }

Status sync_folder(const std::filesystem::path& folder) { return sync(folder, O_RDONLY | O_DIRECTORY); }

Status move_file(const std::filesystem::path& from, const std::filesystem::path& to, Existing existing) {
  bool moved = false;
  if (existing == Existing::keep) {  // link() refuses an existing name where rename() would replace it
    moved = ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
    if (!moved && errno == EEXIST) return fail(Error::already_exists("file", to.string()));
    if (!moved && errno != EPERM && errno != EOPNOTSUPP) return fail(io_error("cannot put in place", to));
  }
  // A file system without links: the caller has looked for `to` before.
  if (!moved && ::rename(from.c_str(), to.c_str()) != 0) return fail(io_error("cannot put in place", to));
  return sync_folder(to.parent_path());
}

}  // namespace xl::store
