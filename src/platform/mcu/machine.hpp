// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace xl::platform::mcu {

/// Ends the emulator with a failure, after `text` on its standard error. A trap of any kind ends here.
extern "C" [[noreturn]] void end_with_message(const char* text);
extern "C" [[noreturn]] void end_emulation(int status);

/// A fault, to see what one does.
extern "C" [[noreturn]] void run_into_trap();

/// The most of the stack that was ever in use.
std::size_t stack_bytes_used();

}  // namespace xl::platform::mcu
