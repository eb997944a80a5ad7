// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/serial_port.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>
#include <cstring>

#include "platform/linux/terminal.hpp"

namespace xl::platform {
namespace {

Error cannot_open(const std::filesystem::path& device, int reason) {
  const std::string what = "Cannot open the serial port " + device.string() + ": " + std::strerror(reason) + ".";
  if (reason == EACCES) return Error::io(what + " Add yourself to its group (often: sudo adduser $USER dialout).");
  if (reason == EBUSY) return Error::io(what + " Close the program that uses it.");
  return {reason == ENOENT ? Errc::not_found : Errc::io, what};
}

}  // namespace

Result<Descriptor> open_serial_port(const std::filesystem::path& device) {
  Descriptor port(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!port) return fail(cannot_open(device, errno));
  if (const Status raw = make_raw(port.get()); !raw) {
    return fail(Error::io(device.string() + " is not a serial port: " + raw.error().detail + "."));
  }
  ::ioctl(port.get(), TIOCEXCL);  // two programs on one line would each see half of the bytes
  ::tcflush(port.get(), TCIOFLUSH);
  return port;
}

}  // namespace xl::platform
