// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"

#include <unistd.h>

#include <filesystem>

#include "platform/linux/serial_port.hpp"
#include "platform/linux/stream_uart.hpp"
#include "platform/linux/tcp_uart.hpp"

namespace xl::app {
namespace {

std::string absolute(const std::string& path) {
  std::error_code failure;
  const std::filesystem::path whole = std::filesystem::absolute(path, failure);
  return failure ? path : whole.lexically_normal().string();
}

Result<Line> open_pty(const std::string& link, module::ports::Storage& state, platform::EventLoop& loop) {
  Line line;
  line.name = absolute(link);
  XL_TRY(platform::Pty pty, platform::Pty::create(line.name, state));
  line.pty.emplace(std::move(pty));
  line.uart = std::make_unique<platform::StreamUart>(loop, line.pty->master());
  line.lost = "The virtual serial port has failed.";
  return line;
}

Result<Line> open_serial(const std::string& device, platform::EventLoop& loop) {
  Line line;
  line.name = device;
  XL_TRY(line.serial, platform::open_serial_port(device));
  line.uart = std::make_unique<platform::StreamUart>(loop, line.serial.get());
  line.lost = "The serial port " + device + " is gone. Plug it in and start again.";
  return line;
}

Result<Line> open_tcp(const std::string& address, platform::EventLoop& loop) {
  Line line;
  XL_TRY(auto uart, platform::TcpUart::listen(loop, address));
  line.name = uart->address();
  line.uart = std::move(uart);
  return line;
}

}  // namespace

Result<Line> open_line(const Options& options, module::ports::Storage& state, platform::EventLoop& loop) {
  if (!options.pty.empty()) return open_pty(options.pty, state, loop);
  if (!options.serial.empty()) return open_serial(options.serial, loop);
  if (!options.tcp.empty()) return open_tcp(options.tcp, loop);
  Line line;
  line.uart = std::make_unique<platform::StreamUart>(loop, STDIN_FILENO, STDOUT_FILENO);
  return line;
}

}  // namespace xl::app
