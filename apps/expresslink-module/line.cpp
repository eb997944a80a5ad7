// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"

#include <unistd.h>

#include <filesystem>

#include "platform/linux/serial_port.hpp"

namespace xl::app {
namespace {

std::string absolute(const std::string& path) {
  std::error_code failure;
  const std::filesystem::path whole = std::filesystem::absolute(path, failure);
  return failure ? path : whole.lexically_normal().string();
}

Result<Line> open_pty(const std::string& link, module::ports::Storage& state) {
  Line line;
  line.name = absolute(link);
  XL_TRY(platform::Pty pty, platform::Pty::create(line.name, state));
  line.pty.emplace(std::move(pty));
  line.in = line.out = line.pty->master();
  line.lost = "The virtual serial port has failed.";
  return line;
}

Result<Line> open_serial(const std::string& device) {
  Line line;
  line.name = device;
  XL_TRY(line.serial, platform::open_serial_port(device));
  line.in = line.out = line.serial.get();
  line.lost = "The serial port " + device + " is gone. Plug it in and start again.";
  return line;
}

}  // namespace

Result<Line> open_line(const Options& options, module::ports::Storage& state) {
  if (!options.pty.empty()) return open_pty(options.pty, state);
  if (!options.serial.empty()) return open_serial(options.serial);
  Line line;
  line.in = STDIN_FILENO;
  line.out = STDOUT_FILENO;
  return line;
}

}  // namespace xl::app
