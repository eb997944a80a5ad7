// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/terminal.hpp"

#include <termios.h>

#include <cerrno>
#include <cstring>

namespace xl::platform {

Status make_raw(int terminal) {
  termios settings{};
  if (::tcgetattr(terminal, &settings) != 0) return fail(Error::io(std::strerror(errno)));
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB);
  settings.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF | IXANY);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  ::cfsetspeed(&settings, B115200);
  if (::tcsetattr(terminal, TCSANOW, &settings) != 0) return fail(Error::io(std::strerror(errno)));
  return {};
}

}  // namespace xl::platform
