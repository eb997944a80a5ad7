// SPDX-License-Identifier: Apache-2.0
#include "gateway/engine_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "gateway/unix_address.hpp"

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
  const UnixAddress address(socket_path);
  const bool connected = address.is_good() && ::connect(fd, address.get(), UnixAddress::size()) == 0;
  const int error = connected ? 0 : errno;
  if (connected) return {ConnectOutcome::connected, fd, {}};
  ::close(fd);
  return failure(error);
}

}  // namespace xl::gateway
