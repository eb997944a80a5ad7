// SPDX-License-Identifier: Apache-2.0
// Bytes from a host's UART: the module answers in whole responses, at most one a line, and takes no heap.
#include <algorithm>

#include "fuzz/fuzz.hpp"
#include "platform/sim/bench.hpp"

/// Part of every sanitizer's runtime; null in a build without one.
extern "C" [[gnu::weak]] int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                                                       void (*)(const volatile void*));

namespace xl::fuzz {
namespace {

std::size_t allocations_inside_module = 0;

/// False in a build without a sanitizer; tests/unit/module/heap_test.cpp counts in every build.
bool count_allocations() {
  if (__sanitizer_install_malloc_and_free_hooks == nullptr) return false;
  const auto on_malloc = [](const volatile void*, std::size_t) {
    if (platform::sim::inside_module) ++allocations_inside_module;
  };
  __sanitizer_install_malloc_and_free_hooks(on_malloc, [](const volatile void*) {});
  const platform::sim::Scope inside(true);
  ::operator delete(::operator new(1));
  require(allocations_inside_module == 1, "allocations are counted");
  return true;
}

std::string_view take_line(std::string_view& output) {
  require(output.find("\r\n") != std::string_view::npos, "every line ends with CR LF");
  return take_part(output, "\r\n");
}

/// `OK<n>` announces n further lines.
std::size_t further_lines(std::string_view first) {
  if (first.starts_with("ERR")) return 0;
  require(first.starts_with("OK"), "a response begins with OK or ERR");
  std::size_t lines = 0;
  for (const char c : first.substr(2)) {
    if (c < '0' || c > '9') break;
    lines = lines * 10 + static_cast<std::size_t>(c - '0');
  }
  require(lines < 1000, "a response has few lines");
  return lines;
}

/// Pings and scans that the host has asked for, typed ahead ones included, come to their end.
void end_diagnoses(platform::sim::Bench& bench) {
  using Kind = module::ports::DiagnosticEvent::Kind;
  while (bench.diagnostics.is_busy) {
    bench.diagnose({.kind = Kind::answered});
    bench.diagnose({.kind = Kind::network, .text = "\x00\r\n\\net", .signal_dbm = -40});
    bench.diagnose({.kind = Kind::scanned});
  }
}

std::ptrdiff_t responses_in(std::string_view output) {
  std::ptrdiff_t count = 0;
  for (; !output.empty(); ++count) {
    for (std::size_t left = further_lines(take_line(output)); left > 0; --left) take_line(output);
  }
  return count;
}

}  // namespace

void run(ByteView input) {
  static const bool is_counting = count_allocations();
  allocations_inside_module = 0;
  platform::sim::Bench bench;
  std::string_view rest = as_text(input);
  std::string output;
  while (!rest.empty()) {
    const std::string line = std::string(take_part(rest)) + (rest.empty() ? "" : "\n");
    output += bench.type(line);
    bench.advance(std::chrono::milliseconds(200));
    output += bench.uart.take();
  }
  output += bench.type("\r");
  end_diagnoses(bench);
  bench.advance(std::chrono::minutes(10));  // whatever was suspended or half entered is over
  output += bench.uart.take();
  const auto ends = std::ranges::count_if(input, [](Byte byte) { return byte == '\r' || byte == '\n'; });
  require(responses_in(output) <= ends + 1, "a line has at most one response");
  require(!is_counting || allocations_inside_module == 0, "the module takes no heap");
  bench.wake_pin();  // a module that sleeps deeply hears nothing else
  require(bench.command("AT") == "OK", "the module lives");
}

}  // namespace xl::fuzz
