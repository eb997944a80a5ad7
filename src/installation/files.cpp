// SPDX-License-Identifier: Apache-2.0
#include "installation/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "installation/descriptor.hpp"

namespace xl::installation {
namespace {

Error io_error(const std::filesystem::path& file, std::string_view what) {
  return Error::io(std::string(what) + " " + file.string() + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return fail(io_error(folder, "cannot sync folder"));
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return fail(Error::not_found("file", file.string()));
  std::ifstream in(file, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.good() && !in.eof()) return fail(io_error(file, "cannot read"));
  return content;
}

Status write_file(const std::filesystem::path& file, std::string_view content, Access access) {
  const std::filesystem::path temporary = file.string() + ".tmp";
  ::unlink(temporary.c_str());
  const mode_t mode = access == Access::owner_only ? 0600 : 0644;
  const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (fd.get() < 0) return fail(io_error(temporary, "cannot create"));
  if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0) return fail(io_error(temporary, "cannot write"));
  if (::rename(temporary.c_str(), file.c_str()) != 0) return fail(io_error(file, "cannot replace"));
  return sync_folder(file.parent_path());
}

Status make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail(io_error(folder, "cannot create folder"));
  return {};
}

}  // namespace xl::installation
