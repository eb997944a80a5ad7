// SPDX-License-Identifier: Apache-2.0
#include "keystore/private_file.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace xl::keystore {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBytesMax = 64 * 1024;  // an RSA 16384 key has 13 KB

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error system_error(std::string_view verb, const fs::path& path) {
  return Error::io("Cannot " + std::string(verb) + " " + path.string() + ": " + std::strerror(errno) + ".");
}

/// Asks about the open file, not its name: nobody can swap the file between the check and the reading.
Status check_private(const Descriptor& file, const fs::path& path) {
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return fail(system_error("read", path));
  if (!S_ISREG(facts.st_mode)) return fail(Error::invalid(path.string() + " is not a regular file."));
  if ((facts.st_mode & 077) != 0) {
    return fail(Error::forbidden("The secret in " + path.string() + " can be read by other users. Run: chmod 600 " +
                                 path.string()));
  }
  return {};
}

Status read_all(const Descriptor& file, const fs::path& path, SecretText& out) {
  out.text.resize(kBytesMax);
  std::size_t size = 0;
  while (size < out.text.size()) {
    const ssize_t count = ::read(file.get(), out.text.data() + size, out.text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(system_error("read", path));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size == out.text.size()) return fail(Error::corrupt(path.string() + " is too long for a secret."));
  out.text.resize(size);
  return {};
}

Status write_all(const Descriptor& file, const fs::path& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(system_error("write", path));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.get()) != 0) return fail(system_error("write", path));
  return {};
}

/// Makes the new file's name durable too.
Status sync_directory(const fs::path& directory) {
  const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return fail(system_error("write", directory));
  return {};
}

}  // namespace

Status write_new_private_file(const fs::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0 && errno == EEXIST) return fail(Error::already_exists("The file", path.string()));
  if (file.get() < 0) return fail(system_error("create", path));
  Status written = write_all(file, path, text);
  if (written) written = sync_directory(path.parent_path());
  if (!written) ::unlink(path.c_str());
  return written;
}

Result<SecretText> read_private_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return fail(Error::not_found("The file", path.string()));
  if (file.get() < 0) return fail(system_error("open", path));
  XL_CHECK(check_private(file, path));
  SecretText secret;
  XL_CHECK(read_all(file, path, secret));
  return secret;
}

SecretText::~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }

}  // namespace xl::keystore
