// SPDX-License-Identifier: Apache-2.0
#include "factory/label_formats.hpp"

namespace xl::factory {
namespace {

constexpr int kTextHeight = 2;

/// Dark modules as one path: a unit square each.
std::string dark_squares(const Label& label) {
  std::string path;
  for (int y = 0; y < label.width; ++y) {
    for (int x = 0; x < label.width; ++x) {
      if (!label.is_dark(x, y)) continue;
      path += "M" + std::to_string(x + kQuietZone) + " " + std::to_string(y + kQuietZone) + "h1v1h-1z";
    }
  }
  return path;
}

}  // namespace

Result<std::string> draw_svg(const Label& label) {
  const int width = label.width + 2 * kQuietZone;
  const std::string w = std::to_string(width);
  const std::string h = std::to_string(width + kTextHeight);
  const std::string inner = std::to_string(label.width);
  return R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + w + " " + h + R"(" width=")" + w +
         R"(mm" height=")" + h + R"(mm"><rect width=")" + w + R"(" height=")" + h + R"(" fill="#fff"/><path d=")" +
         dark_squares(label) + R"(" shape-rendering="crispEdges"/><text x=")" + std::to_string(kQuietZone) +
         R"(" y=")" + w + R"(" textLength=")" + inner +
         R"(" lengthAdjust="spacingAndGlyphs" font-family="monospace" font-size="1.3">)" + label.thing_name +
         "</text></svg>\n";
}

}  // namespace xl::factory
