// SPDX-License-Identifier: Apache-2.0
#include "factory/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace xl::factory {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;

Error io_error(const std::filesystem::path& file, std::string_view what) {
  return Error::io(std::string(what) + " " + file.string() + ": " + std::strerror(errno));
}

enum class Sync { now, later };
Status write_to(const std::filesystem::path& file, int flags, std::string_view content, mode_t mode,
                Sync sync = Sync::now) {
  const int fd = ::open(file.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, mode);
  if (fd < 0) return fail(io_error(file, "cannot write"));
  bool good = true;
  while (good && !content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    good = written > 0;
    if (good) content.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && (sync == Sync::later || ::fsync(fd) == 0);
  const Error error = io_error(file, "cannot write");
  ::close(fd);
  if (!good) return fail(error);
  return {};
}

Status sync_by(int (*how)(int), const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = fd >= 0 && how(fd) == 0;
  const Error error = io_error(folder, "cannot write");
  if (fd >= 0) ::close(fd);
  if (!good) return fail(error);
  return {};
}

/// A new or replaced name is on disk only with its folder.
Status sync_folder_of(const std::filesystem::path& file) {
  const auto parent = file.parent_path();
  return sync_folder(parent.empty() ? std::filesystem::path(".") : parent);
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in && errno == ENOENT) return fail(Error::not_found("file", file.string()));
  std::string content(kFileBytesMax + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in) return fail(Error::invalid(file.string() + " is longer than 1 MiB"));
  if (!in.eof()) return fail(io_error(file, "cannot read"));
  content.resize(static_cast<std::size_t>(in.gcount()));
  return content;
}

Status sync_folder(const std::filesystem::path& folder) { return sync_by(&::fsync, folder); }
Status sync_filesystem_of(const std::filesystem::path& folder) { return sync_by(&::syncfs, folder); }

Status write_unsynced(const std::filesystem::path& file, std::string_view content) {
  return write_to(file, O_EXCL, content, 0644, Sync::later);
}

Status write_file(const std::filesystem::path& file, std::string_view content, bool secret) {
  const std::filesystem::path temporary = file.string() + ".tmp";
  ::unlink(temporary.c_str());
  XL_CHECK(write_to(temporary, O_EXCL, content, secret ? 0600 : 0644));
  if (::rename(temporary.c_str(), file.c_str()) != 0) return fail(io_error(file, "cannot replace"));
  return sync_folder_of(file);
}

Status append_line(const std::filesystem::path& file, std::string_view line) {
  std::error_code error;
  const bool is_new = !std::filesystem::exists(file, error);
  XL_CHECK(write_to(file, O_APPEND, std::string(line) + "\n", 0644));
  if (is_new) return sync_folder_of(file);
  return {};
}

}  // namespace xl::factory
