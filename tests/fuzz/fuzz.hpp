// SPDX-License-Identifier: Apache-2.0
// What every fuzz target needs. A target is one file with run(); see CONTRIBUTING.md "Fuzzing and thread sanitizer".
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::fuzz {

/// One execution: must return for any input, and leave nothing behind that the next one sees.
void run(ByteView input);

/// Ends the program when a property does not hold; libFuzzer then keeps the input.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "broken property: %s\n", property);
  std::abort();
}

/// Takes text up to `separator` off the front of `rest`: inputs of several parts stay readable files.
inline std::string_view take_part(std::string_view& rest, std::string_view separator = "\n") {
  const auto at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + separator.size());
  return part;
}

}  // namespace xl::fuzz
