// SPDX-License-Identifier: Apache-2.0
#include "installation/buckets.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "installation/descriptor.hpp"

namespace xl::installation {
namespace {

std::string path_below(std::string_view account_id, std::string_view bucket, std::string_view key) {
  return "buckets/" + std::string(account_id) + "/" + std::string(bucket) + "/" + std::string(key);
}

/// For whoever may be far from the machine: the data directory's own place is not theirs to know.
std::string place_of(const std::string& path) { return path + " below the cloud's --data-dir"; }

Error cannot_open(const std::string& path) {
  return {Errc::not_found, std::string("The input file cannot be opened (") + std::strerror(errno) +
                               "); it was expected at " + place_of(path) + ". Symbolic links are not followed."};
}

/// One step at a time, so that no link on the way is followed. A FIFO must not block us.
Result<Descriptor> walk(const std::filesystem::path& folder, const std::string& path) {
  Descriptor at(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string part(parts[i]);
    if (part.empty() || part == "." || part == "..")
      return fail(Error::invalid("\"" + path + "\" does not name a file: no part may be empty, . or .. ."));
    const int flags = i + 1 < parts.size() ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK;
    at = Descriptor(::openat(at.get(), part.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (at.get() < 0) return fail(cannot_open(path));
  }
  return at;
}

class File final : public cloud::InputFile {
 public:
  File(Descriptor descriptor, const struct stat& status)
      : descriptor_(std::move(descriptor)),
        size_(status.st_size),
        version_(std::to_string(status.st_size) + "-" + std::to_string(status.st_mtim.tv_sec) + "." +
                 std::to_string(status.st_mtim.tv_nsec)) {}

  std::int64_t size() const override { return size_; }
  const std::string& version() const override { return version_; }

  Result<std::size_t> read(std::int64_t position, ByteSpan into) const override {
    for (;;) {
      const ssize_t count = ::pread(descriptor_.get(), into.data(), into.size(), position);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return fail(Error::io(std::string("cannot read the input file: ") + std::strerror(errno)));
    }
  }

 private:
  Descriptor descriptor_;
  std::int64_t size_;
  std::string version_;
};

class Folders final : public cloud::Buckets {
 public:
  explicit Folders(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<std::unique_ptr<cloud::InputFile>> open(std::string_view account_id, std::string_view bucket,
                                                 std::string_view key) const override {
    const std::string path = path_below(account_id, bucket, key);
    XL_TRY(Descriptor file, walk(folder_, path));
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return fail(cannot_open(path));
    if (!S_ISREG(status.st_mode)) return fail(Error::invalid("It is not a regular file: " + place_of(path) + "."));
    return std::unique_ptr<cloud::InputFile>(std::make_unique<File>(std::move(file), status));
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace

std::shared_ptr<const cloud::Buckets> buckets_in(const std::filesystem::path& folder) {
  return std::make_shared<Folders>(folder);
}

}  // namespace xl::installation
