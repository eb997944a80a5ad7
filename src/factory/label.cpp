// SPDX-License-Identifier: Apache-2.0
#include "factory/label.hpp"

#include <qrencode.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "base/text.hpp"
#include "factory/files.hpp"

namespace xl::factory {
namespace {

constexpr std::size_t kThingNameDigits = 40;
constexpr int kQuietZone = 4;  // modules; source: ISO/IEC 18004
constexpr int kTextHeight = 2;

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

/// Dark modules as one path: a unit square each.
std::string dark_squares(const QRcode& code) {
  std::string path;
  for (int y = 0; y < code.width; ++y) {
    for (int x = 0; x < code.width; ++x) {
      if ((code.data[static_cast<std::ptrdiff_t>(y) * code.width + x] & 1) == 0) continue;
      path += "M" + std::to_string(x + kQuietZone) + " " + std::to_string(y + kQuietZone) + "h1v1h-1z";
    }
  }
  return path;
}

}  // namespace

Result<std::string> label_text(std::string_view thing_name) {
  std::string text = "XL1:";
  for (const char c : thing_name) text += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  const bool is_hex = std::all_of(thing_name.begin(), thing_name.end(),
                                  [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (thing_name.size() == kThingNameDigits && is_hex) return text;
  return fail(Error::invalid("a label needs the ThingName of a module: 40 lower-case hexadecimal digits"));
}

Result<std::string> draw_label(std::string_view thing_name) {
  XL_TRY(const std::string text, label_text(thing_name));
  const std::unique_ptr<QRcode, FreeCode> code(QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (!code) return fail(Error::internal("the QR code cannot be made"));
  const int width = code->width + 2 * kQuietZone;
  const std::string w = std::to_string(width);
  const std::string h = std::to_string(width + kTextHeight);
  const std::string inner = std::to_string(code->width);
  return R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + w + " " + h + R"(" width=")" + w +
         R"(mm" height=")" + h + R"(mm"><rect width=")" + w + R"(" height=")" + h + R"(" fill="#fff"/><path d=")" +
         dark_squares(*code) + R"(" shape-rendering="crispEdges"/><text x=")" + std::to_string(kQuietZone) +
         R"(" y=")" + w + R"(" textLength=")" + inner +
         R"(" lengthAdjust="spacingAndGlyphs" font-family="monospace" font-size="1.3">)" + std::string(thing_name) +
         "</text></svg>\n";
}

Status write_label(const std::filesystem::path& identity, const std::filesystem::path& file) {
  if (file.extension() != ".svg") {
    return fail(Error::invalid("labels are drawn as SVG; --out " + file.string() +
                               ": other formats are not built yet. Use a name that ends in .svg."));
  }
  XL_TRY(const std::string thing_name, read_file(identity / "thing-name"));
  XL_TRY(const std::string drawing, draw_label(trim(thing_name)));
  return write_file(file, drawing);
}

}  // namespace xl::factory
