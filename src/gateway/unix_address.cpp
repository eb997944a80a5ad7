// SPDX-License-Identifier: Apache-2.0
#include "gateway/unix_address.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace xl::gateway {

UnixAddress::UnixAddress(const std::filesystem::path& path) {
  address_.sun_family = AF_UNIX;
  if (path.native().size() < sizeof address_.sun_path) {
    path.native().copy(address_.sun_path, sizeof address_.sun_path - 1);
    return;
  }
  folder_ = ::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  is_good_ = folder_ >= 0;
  std::snprintf(address_.sun_path, sizeof address_.sun_path, "/proc/self/fd/%d/%s", folder_, path.filename().c_str());
}

UnixAddress::~UnixAddress() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace xl::gateway
