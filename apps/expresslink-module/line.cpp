// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string_view>

#include "platform/linux/serial_port.hpp"
#include "platform/linux/stream_uart.hpp"

namespace xl::app {
namespace {

std::string absolute(const std::string& path) {
  std::error_code failure;
  const std::filesystem::path whole = std::filesystem::absolute(path, failure);
  return failure ? path : whole.lexically_normal().string();
}

Result<Line> open_pty(const std::string& link, LineEnds& ends, bool is_trial, module::ports::Storage& state,
                      platform::EventLoop& loop) {
  Line line;
  line.name = absolute(link);
  if (!ends.pty) {
    XL_TRY(platform::Pty pty, platform::Pty::create(line.name, state));
    ends.pty.emplace(std::move(pty));
  } else if (!is_trial) {
    ends.pty->own_link(line.name);
  }
  line.uart = std::make_unique<platform::StreamUart>(loop, ends.pty->master());
  line.lost = "The virtual serial port has failed.";
  return line;
}

Result<Line> open_serial(const std::string& device, LineEnds& ends, platform::EventLoop& loop) {
  Line line;
  line.name = device;
  if (!ends.serial) {
    XL_TRY(ends.serial, platform::open_serial_port(device));
  }
  line.uart = std::make_unique<platform::StreamUart>(loop, ends.serial.get());
  line.lost = "The serial port " + device + " is gone. Plug it in and start again.";
  return line;
}

Result<Line> open_tcp(const std::string& address, LineEnds& ends, platform::EventLoop& loop) {
  Line line;
  std::unique_ptr<platform::TcpUart> uart;
  if (ends.tcp.listener) {
    uart = std::make_unique<platform::TcpUart>(loop, std::move(ends.tcp));
  } else {
    XL_TRY(uart, platform::TcpUart::listen(loop, address));
  }
  line.name = uart->address();
  line.tcp = uart.get();
  line.uart = std::move(uart);
  return line;
}

/// "pty 5 6": the kind and its descriptors; -1 for none.
constexpr std::string_view kPty = "pty", kSerial = "serial", kTcp = "tcp";

std::string told(std::string_view kind, int first, int second) {
  return std::string(kind) + " " + std::to_string(first) + " " + std::to_string(second);
}

/// The next number of `text`, which it is taken from; -1 when there is none.
int take_number(std::string_view& text) {
  int number = -1;
  text.remove_prefix(std::min(text.find(' '), text.size()));
  if (!text.empty()) text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string LineEnds::hand_over() const {
  for (const auto* end : {&serial, &tcp.listener, &tcp.host}) end->set_inheritable(true);
  if (serial) return told(kSerial, serial.get(), -1);
  if (tcp.listener) return told(kTcp, tcp.listener.get(), tcp.host.get());
  if (!pty) return {};
  pty->master_descriptor().set_inheritable(true);
  pty->slave_descriptor().set_inheritable(true);
  return told(kPty, pty->master_descriptor().get(), pty->slave_descriptor().get());
}

void LineEnds::take_back() const {
  for (const auto* end : {&serial, &tcp.listener, &tcp.host}) end->set_inheritable(false);
  if (!pty) return;
  pty->master_descriptor().set_inheritable(false);
  pty->slave_descriptor().set_inheritable(false);
}

LineEnds LineEnds::adopt(std::string_view all) {
  LineEnds ends;
  std::string_view rest = all;
  platform::Descriptor first(take_number(rest));
  platform::Descriptor second(take_number(rest));
  if (all.starts_with(kPty)) {
    auto pty = platform::Pty::adopt(std::move(first), std::move(second));
    if (pty) ends.pty.emplace(std::move(*pty));
  } else if (all.starts_with(kSerial)) {
    ends.serial = std::move(first);
  } else if (all.starts_with(kTcp)) {
    ends.tcp = {std::move(first), std::move(second)};
  }
  ends.take_back();
  return ends;
}

Result<Line> open_line(const Options& options, LineEnds& ends, bool is_trial, module::ports::Storage& state,
                       platform::EventLoop& loop) {
  if (!options.pty.empty()) return open_pty(options.pty, ends, is_trial, state, loop);
  if (!options.serial.empty()) return open_serial(options.serial, ends, loop);
  if (!options.tcp.empty()) return open_tcp(options.tcp, ends, loop);
  Line line;
  line.uart = std::make_unique<platform::StreamUart>(loop, STDIN_FILENO, STDOUT_FILENO);
  return line;
}

Status open_ends(const Options& options, LineEnds& ends, module::ports::Storage& state) {
  platform::EventLoop loop;
  XL_TRY(const Line line, open_line(options, ends, false, state, loop));
  if (line.tcp != nullptr) ends.tcp = line.tcp->release();
  return {};
}

}  // namespace xl::app
