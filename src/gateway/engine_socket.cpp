// SPDX-License-Identifier: Apache-2.0
#include "gateway/engine_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace xl::gateway {

EngineSocket connect_engine(const std::filesystem::path& socket_path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return {ConnectOutcome::failed};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  int folder = -1;
  if (socket_path.native().size() < sizeof address.sun_path) {
    socket_path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  } else {
    folder = ::open(socket_path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder,
                  socket_path.filename().c_str());
  }
  const int result = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const bool busy = result != 0 && errno == EAGAIN;
  if (folder >= 0) ::close(folder);
  if (result == 0) return {ConnectOutcome::connected, fd};
  ::close(fd);
  return {busy ? ConnectOutcome::busy : ConnectOutcome::failed};
}

}  // namespace xl::gateway
