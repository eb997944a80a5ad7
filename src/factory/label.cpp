// SPDX-License-Identifier: Apache-2.0
#include "factory/label.hpp"

#include <qrencode.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <memory>

#include "base/text.hpp"
#include "factory/files.hpp"
#include "factory/label_formats.hpp"

namespace xl::factory {
namespace {

struct Format {
  std::string_view extension;
  Result<std::string> (*draw)(const Label&);
};
constexpr std::array kFormats{Format{".svg", &draw_svg}, Format{".png", &draw_png}};

constexpr std::size_t kThingNameDigits = 40;

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

Result<Label> make_label(std::string_view thing_name) {
  XL_TRY(const std::string text, label_text(thing_name));
  const std::unique_ptr<QRcode, FreeCode> code(QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (!code) return fail(Error::internal("the QR code cannot be made"));
  Label label{std::string(thing_name), code->width, {}};
  // libqrencode keeps the colour in the lowest bit.
  std::transform(code->data, code->data + std::ptrdiff_t{code->width} * code->width, std::back_inserter(label.dark),
                 [](unsigned char module) { return static_cast<std::uint8_t>(module & 1); });
  return label;
}

Result<Format> find_format(std::string_view extension) {
  std::string known;
  for (const Format& format : kFormats) {
    if (format.extension == extension) return format;
    known += (known.empty() ? "" : " or ") + std::string(format.extension);
  }
  return fail(
      Error::invalid("a label's file name must end in " + known + ", not in \"" + std::string(extension) + "\""));
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

Result<std::string> draw_label(std::string_view thing_name, std::string_view extension) {
  XL_TRY(const Format format, find_format(extension));
  XL_TRY(const Label label, make_label(thing_name));
  return format.draw(label);
}

Status write_label(const std::filesystem::path& identity, const std::filesystem::path& file) {
  XL_TRY(const std::string thing_name, read_file(identity / "thing-name"));
  XL_TRY(const std::string drawing, draw_label(trim(thing_name), file.extension().string()));
  return write_file(file, drawing);
}

}  // namespace xl::factory
