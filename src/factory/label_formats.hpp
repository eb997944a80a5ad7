// SPDX-License-Identifier: Apache-2.0
// How a label becomes a file: one drawer per format, listed in the table of label.cpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace xl::factory {

inline constexpr int kQuietZone = 4;  // modules on each side; source: ISO/IEC 18004

/// A ThingName and its QR code; a module of the code is a square, dark or light.
struct Label {
  std::string thing_name;
  int width = 0;                   ///< modules in a row, and rows
  std::vector<std::uint8_t> dark;  ///< row by row; 0 is light

  bool is_dark(int x, int y) const { return dark[static_cast<std::size_t>(y * width + x)] != 0; }
};

/// The QR code with the ThingName below it; a module is 1 mm.
Result<std::string> draw_svg(const Label& label);
/// The QR code in black on white, without text; a module is a square of 10 pixels.
Result<std::string> draw_png(const Label& label);

}  // namespace xl::factory
