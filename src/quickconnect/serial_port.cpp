// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/serial_port.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace xl::quickconnect {
namespace {

constexpr std::chrono::milliseconds kWriteTimeout{10'000};

Error interrupted() { return Error::conflict("Interrupted."); }

class SerialPort final : public Port {
 public:
  SerialPort(int fd, int interrupt_fd, std::string path)
      : fd_(fd), interrupt_fd_(interrupt_fd), path_(std::move(path)) {}
  SerialPort(const SerialPort&) = delete;
  SerialPort& operator=(const SerialPort&) = delete;
  ~SerialPort() override {
    ioctl(fd_, TIOCNXCL);
    close(fd_);
  }

  Result<std::size_t> read(std::span<char> out, std::chrono::milliseconds timeout) override {
    XL_TRY(const bool ready, wait(POLLIN, timeout));
    if (!ready) return std::size_t{0};
    const ssize_t count = ::read(fd_, out.data(), out.size());
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::size_t{0};
    return fail(gone());
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      XL_TRY(const bool ready, wait(POLLOUT, kWriteTimeout));
      if (!ready) return fail(Error::unavailable("Nothing takes the bytes sent to " + path_ + "; check the cable."));
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno != EAGAIN && errno != EINTR) return fail(gone());
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

 private:
  Error gone() const {
    return Error::io("The serial port " + path_ + " went away. Check the cable, then start this program again.");
  }

  Result<bool> wait(short events, std::chrono::milliseconds timeout) const {
    std::array<pollfd, 2> fds{pollfd{fd_, events, 0}, pollfd{interrupt_fd_, POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
    if (fds[1].revents != 0 && ready > 0) return fail(interrupted());
    return ready > 0 && fds[0].revents != 0;
  }

  int fd_;
  int interrupt_fd_;
  std::string path_;
};

Error cannot_open(const std::string& path, int reason) {
  if (reason == ENOENT || reason == ENXIO || reason == ENODEV) {
    return {Errc::not_found, "The serial port " + path +
                                 " does not exist. Is the kit plugged in? `ls /dev/ttyUSB* /dev/ttyACM*` lists "
                                 "candidates; name the right one."};
  }
  if (reason == EACCES || reason == EPERM) {
    return Error::forbidden("You may not open " + path +
                            ". Add yourself to its group (usually `sudo usermod -aG dialout "
                            "$USER`), log in again and retry.");
  }
  if (reason == EBUSY || reason == EWOULDBLOCK) {
    return Error::conflict("Another program has " + path +
                           " open. Disconnect your terminal application from the serial "
                           "port, then start this program again.");
  }
  return Error::io("Cannot open the serial port " + path + ": " + std::strerror(reason) + ".");
}

/// Linux numbers the slaves of Unix98 pseudo-terminals so.
bool is_pseudo_terminal(int fd) {
  constexpr unsigned kFirst = 136, kLast = 143;
  struct stat status{};
  return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && major(status.st_rdev) >= kFirst &&
         major(status.st_rdev) <= kLast;
}

bool make_raw(int fd) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS | PARENB);
  settings.c_cflag |= CLOCAL | CREAD | CS8;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  cfsetspeed(&settings, B115200);
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

}  // namespace

Result<std::unique_ptr<Port>> open_serial_port(const std::string& path, int interrupt_fd) {
  const int fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fail(cannot_open(path, errno));
  auto port = std::make_unique<SerialPort>(fd, interrupt_fd, path);
  // TIOCEXCL does not keep root out; the lock tells two of us apart even then.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return fail(cannot_open(path, errno));
  if (!make_raw(fd)) return fail(Error::io(path + " is not a serial port; name another one."));
  // The module holds a pseudo-terminal open, so the mark would outlive us if we were killed and lock everybody out.
  if (!is_pseudo_terminal(fd)) ioctl(fd, TIOCEXCL);
  tcflush(fd, TCIFLUSH);
  return port;
}

}  // namespace xl::quickconnect
