// SPDX-License-Identifier: Apache-2.0
// What the compiler and the standard library's headers call when there is nothing left to do. Everything else that a
// program with a heap or exceptions would need is missing on purpose: it does not link.
#include "platform/mcu/machine.hpp"

#include <algorithm>
#include <cstdint>

namespace xl::platform::mcu {
namespace {

constexpr std::uint32_t kPaint = 0xA5A5A5A5;  // startup.S

}  // namespace

extern "C" const std::uint32_t stack_bottom[];
extern "C" const std::uint32_t stack_top[];

std::size_t stack_bytes_used() {
  const auto* const deepest = std::find_if(stack_bottom, stack_top, [](std::uint32_t word) { return word != kPaint; });
  return static_cast<std::size_t>(stack_top - deepest) * sizeof(std::uint32_t);
}

}  // namespace xl::platform::mcu

extern "C" void abort() { xl::platform::mcu::end_with_message("fault: abort\n"); }
extern "C" void __cxa_pure_virtual() { xl::platform::mcu::end_with_message("fault: pure virtual call\n"); }
extern "C" int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }  // main() does not return to destructors
extern "C" void* __dso_handle;
void* __dso_handle = nullptr;

namespace std {

void __throw_out_of_range_fmt(const char* text, ...) { xl::platform::mcu::end_with_message(text); }
void __throw_bad_variant_access(const char* text) { xl::platform::mcu::end_with_message(text); }

}  // namespace std
