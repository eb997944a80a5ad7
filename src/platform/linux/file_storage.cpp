// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/file_storage.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/text.hpp"
#include "platform/linux/crc32.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "XLV1";
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kFileBytesMax = 1 << 20;

/// Keys are words, but whatever they hold they cannot leave the folder.
std::string file_name(std::string_view key) { return percent_encode(key) + ".value"; }
std::string temporary_name(std::string_view key) { return percent_encode(key) + ".new"; }

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(static_cast<Byte>(number >> shift));
  return bytes;
}

std::string header_of(std::string_view key, ByteView value) {
  return std::string(kMagic) + big_endian(static_cast<std::uint32_t>(value.size())) +
         big_endian(crc32(value, crc32(as_bytes(key))));
}

Descriptor open_file(int directory, const std::string& name) {
  return Descriptor(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

std::optional<std::string> read_file(const Descriptor& file) {
  if (!file) return std::nullopt;
  std::string content;
  char chunk[16 * 1024];
  while (content.size() <= kFileBytesMax) {
    const ssize_t count = ::read(file.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return content;
    content.append(chunk, static_cast<std::size_t>(count));
  }
  return std::nullopt;
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool write_synced(int directory, const std::string& name, std::string_view content) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor file(::openat(directory, name.c_str(), flags, 0600));
  return file && write_all(file.get(), content) && ::fdatasync(file.get()) == 0;
}

Error cannot_use(const fs::path& directory) {
  return Error::io("Cannot use the state directory " + directory.string() + ": " + std::strerror(errno) + ".");
}

bool sync_folder(const fs::path& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && ::fsync(folder.get()) == 0;
}

/// With its parents; a power cut does not take a new folder away together with the values in it.
Status make_directory(const fs::path& directory, mode_t mode) {
  const fs::path parent = directory.has_parent_path() ? directory.parent_path() : fs::path(".");
  if (!directory.has_filename() && directory.has_relative_path()) return make_directory(parent, mode);  // "folder/"
  std::error_code failure;
  if (!fs::exists(parent, failure)) XL_CHECK(make_directory(parent, 0777));
  if (::mkdir(directory.c_str(), mode) != 0) return errno == EEXIST ? Status() : fail(cannot_use(directory));
  return sync_folder(parent) ? Status() : fail(cannot_use(directory));
}

}  // namespace

Result<FileStorage> FileStorage::open(const fs::path& directory) {
  XL_CHECK(make_directory(directory, 0700));
  Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(cannot_use(directory));
  if (::faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return fail(cannot_use(directory));
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(cannot_use(directory));
    return fail(Error::conflict("Another module already uses the state directory " + directory.string() +
                                ". Stop it, or give this module its own --state."));
  }
  return FileStorage(std::move(folder));
}

std::optional<std::size_t> FileStorage::read(std::string_view key, ByteSpan out) {
  const std::optional<std::string> content = read_file(open_file(directory_.get(), file_name(key)));
  if (!content) return std::nullopt;
  const std::string_view whole = *content;
  const ByteView value = as_bytes(whole.substr(std::min(kHeaderBytes, whole.size())));
  if (whole.substr(0, kHeaderBytes) != header_of(key, value)) {
    log::warn("platform", "a stored value is damaged; the factory value applies", {{"key", std::string(key)}});
    return std::nullopt;
  }
  if (value.size() > out.size()) return std::nullopt;
  std::copy(value.begin(), value.end(), out.begin());
  return value.size();
}

bool FileStorage::write(std::string_view key, ByteView value) {
  if (value.size() > kFileBytesMax - kHeaderBytes) return false;
  if (replace(key, header_of(key, value) + std::string(as_text(value)))) return true;
  log::error("platform", "a value could not be stored", {{"key", std::string(key)}, {"reason", std::strerror(errno)}});
  return false;
}

/// The new value becomes visible with the rename and durable with the last fsync; before that the old one stands.
bool FileStorage::replace(std::string_view key, std::string_view content) {
  const int folder = directory_.get();
  const std::string temporary = temporary_name(key);
  const Descriptor old = open_file(folder, file_name(key));
  if (!write_synced(folder, temporary, content) ||
      ::renameat(folder, temporary.c_str(), folder, file_name(key).c_str()) != 0) {
    const int reason = errno;
    ::unlinkat(folder, temporary.c_str(), 0);
    errno = reason;
    return false;
  }
  return make_durable(key, old);
}

bool FileStorage::erase(std::string_view key) {
  const Descriptor old = open_file(directory_.get(), file_name(key));
  if (::unlinkat(directory_.get(), file_name(key).c_str(), 0) != 0) return errno == ENOENT;
  return make_durable(key, old);
}

/// A folder that cannot be synced has the old file again, so that what we say is what is read. If it refuses this too,
/// the value is the new one, or after a power cut either of them.
bool FileStorage::make_durable(std::string_view key, const Descriptor& old) {
  const int folder = directory_.get();
  if (::fsync(folder) == 0) return true;
  const int reason = errno;
  const std::string temporary = temporary_name(key);
  const auto content = read_file(old);
  if (!content) {
    ::unlinkat(folder, file_name(key).c_str(), 0);
  } else if (write_synced(folder, temporary, *content)) {
    ::renameat(folder, temporary.c_str(), folder, file_name(key).c_str());
  }
  ::fsync(folder);
  errno = reason;
  return false;
}

}  // namespace xl::platform
