// SPDX-License-Identifier: Apache-2.0
// bench_at COMMAND COUNT: types the command so often into a module, for callgrind to count what it costs; the same
// bytes once more through the framing alone. bench/at_commands.py names the two functions below. The ports take bytes
// and copy them, no more; the module is the product's.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "at/line_framer.hpp"
#include "platform/sim/broker.hpp"

namespace xl::bench {

using namespace module;
using platform::sim::Broker;

class Uart final : public ports::Uart {
 public:
  void write(ByteView bytes) override {
    const std::size_t count = std::min(bytes.size(), text_.size() - size_);
    std::copy_n(bytes.begin(), count, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
  }
  std::string_view take() {
    const std::size_t size = size_;
    size_ = 0;
    return as_text(ByteView(text_).first(size));
  }

 private:
  std::array<Byte, 32 * 1024> text_{};
  std::size_t size_ = 0;
};

/// Room for one value.
class Storage final : public ports::Storage {
 public:
  std::optional<std::size_t> read(std::string_view, ByteSpan) override { return std::nullopt; }
  bool write(std::string_view, ByteView value) override {
    std::copy_n(value.begin(), std::min(value.size(), value_.size()), value_.begin());
    return true;
  }
  bool erase(std::string_view) override { return true; }

 private:
  std::array<Byte, 1024> value_{};
};

constexpr std::string_view kThing = "5f0e1d2c3b4a59687766554433221100ffeeddcc";
constexpr std::string_view kPem = "-----BEGIN CERTIFICATE-----\nQklSVEgx\n-----END CERTIFICATE-----\n";

struct Desk {
  Desk() : broker(transport) {
    clock.set_wall(std::chrono::hours(500'000));
    module->start();
  }

  /// The answer.
  std::string_view type(std::string_view line);
  /// Hands over what the broker has for the module.
  void settle();

  platform::sim::VirtualClock clock;
  platform::sim::SeededRandom random;
  Storage storage;
  platform::sim::Link link;
  platform::sim::Transport transport;
  Uart uart;
  platform::sim::Pins pins;
  platform::sim::Power power;
  platform::sim::Certificates certificates;
  Broker broker;
  ports::Identity identity{.vendor = "Open",
                           .model = "Bench",
                           .firmware_version = "1",
                           .thing_name = kThing,
                           .certificate_pem = kPem,
                           .factory_endpoint = "staging.localhost",
                           .factory_root_ca = kPem,
                           .factory_ota_certificate = kPem};
  std::unique_ptr<Module> module = std::make_unique<Module>(
      Ports{clock, random, storage, link, transport, uart, pins, power, certificates}, identity, Settings{});
};

/// Counted: the module from the first byte of the line to the last of the answer.
[[gnu::noinline]] void counted_command(Module& module, std::string_view line) { module.on_uart(as_bytes(line)); }

/// Counted: the same bytes until a line is found, and the copy of the answer's.
[[gnu::noinline]] void counted_framing(at::LineFramer& framer, Uart& uart, std::string_view line,
                                       std::string_view answer) {
  for (const char c : line) static_cast<void>(framer.push(static_cast<Byte>(c)));
  uart.write(as_bytes(answer));
}

std::string_view Desk::type(std::string_view line) {
  module->on_uart(as_bytes(line));
  settle();
  return uart.take();
}

void Desk::settle() {
  ports::TransportEvent event{};
  std::string bytes;
  while (broker.next_event(event, bytes)) module->on_transport(event);
}

bool prepare(Desk& desk) {
  for (const std::string_view line : {"AT+EVENT?\n", "AT+CONNECT\n", "AT+CONF Topic1=data\n"}) {
    if (!desk.type(line).starts_with("OK")) return false;
  }
  desk.transport.on_sent = nullptr;  // a wire without an end
  return true;
}

/// What the command needs each time: a message to get.
void supply(Desk& desk, std::string_view command, const std::string& payload) {
  if (!command.starts_with("AT+GET") && !command.starts_with("AT+EVENT")) return;
  desk.broker.publish("data", payload);
  desk.settle();
}

/// And what is over with it: the message's event, or the message.
void clear(Desk& desk, std::string_view command) {
  if (command.starts_with("AT+GET")) desk.type("AT+EVENT?\n");
  if (command.starts_with("AT+EVENT")) desk.type("AT+GET\n");
}

int measure(const std::string& command, int count) {
  const auto desk = std::make_unique<Desk>();
  const auto framer = std::make_unique<at::LineFramer>();
  const auto other_uart = std::make_unique<Uart>();
  if (!prepare(*desk)) return 1;
  const std::string line = command + "\n";
  const std::string payload(128, 'x');
  std::string answer;
  for (int i = 0; i < count; ++i) {
    supply(*desk, command, payload);
    counted_command(*desk->module, line);
    answer = desk->uart.take();
    counted_framing(*framer, *other_uart, line, answer);
    other_uart->take();
    if (!answer.starts_with("OK")) {
      std::fprintf(stderr, "%s", answer.c_str());
      return 1;
    }
    clear(*desk, command);
  }
  std::printf("%zu %zu\n", line.size(), answer.size());
  return 0;
}

}  // namespace xl::bench

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return xl::bench::measure(argv[1], std::atoi(argv[2]));
}
