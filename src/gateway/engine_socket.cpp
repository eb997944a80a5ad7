// SPDX-License-Identifier: Apache-2.0
#include "gateway/engine_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace xl::gateway {

namespace {

EngineSocket failure(int error) {
  const std::string reason = std::strerror(error);
  if (error == EAGAIN) return {ConnectOutcome::busy, -1, reason};
  if (error == EMFILE || error == ENFILE) return {ConnectOutcome::no_descriptor, -1, reason};
  return {ConnectOutcome::failed, -1, reason};
}

}  // namespace

EngineSocket connect_engine(const std::filesystem::path& socket_path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure(errno);
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
  const bool reachable = folder >= 0 || socket_path.native().size() < sizeof address.sun_path;
  const bool connected = reachable && ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const int error = connected ? 0 : errno;
  if (folder >= 0) ::close(folder);
  if (connected) return {ConnectOutcome::connected, fd, {}};
  ::close(fd);
  return failure(error);
}

}  // namespace xl::gateway
