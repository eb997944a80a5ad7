// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gpio.hpp"

#include <charconv>

namespace xl::platform {

Result<GpioLine> GpioLine::parse(const std::string& text) {
  const auto colon = text.rfind(':');
  GpioLine line;
  if (colon != std::string::npos && colon > 0) {
    line.chip = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, line.offset);
    if (error == std::errc() && stop == end) return line;
  }
  return fail(Error::invalid("\"" + text + "\" is not CHIP:LINE, like gpiochip0:17."));
}

}  // namespace xl::platform
