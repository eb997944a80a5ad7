// SPDX-License-Identifier: Apache-2.0
#include "factory/label.hpp"

#include <qrencode.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <memory>

#include "base/text.hpp"
#include "crypto/voucher.hpp"
#include "factory/files.hpp"
#include "factory/label_formats.hpp"

namespace xl::factory {
namespace {

struct Format {
  std::string_view extension;
  Result<std::string> (*draw)(const Label&);
};
constexpr std::array kFormats{Format{".svg", &draw_svg}, Format{".png", &draw_png}};

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

Result<Label> make_label(std::string_view given) {
  XL_TRY(const crypto::Label parsed, crypto::parse_label(given));
  const std::string text = crypto::label_text(parsed);
  const std::unique_ptr<QRcode, FreeCode> code(QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (!code) return fail(Error::internal("the QR code cannot be made"));
  Label label{parsed.thing_name, code->width, {}};
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

/// An identity issued before there were vouchers has its ThingName only.
Result<std::string> label_of(const std::filesystem::path& identity) {
  auto text = read_file(identity / "label");
  if (text || text.error().code != Errc::not_found) return text;
  XL_TRY(const std::string thing_name, read_file(identity / "thing-name"));
  return crypto::label_text({std::string(trim(thing_name)), std::nullopt});
}

}  // namespace

Result<std::string> draw_label(std::string_view text, std::string_view extension) {
  XL_TRY(const Format format, find_format(extension));
  XL_TRY(const Label label, make_label(text));
  return format.draw(label);
}

Status write_label(const std::filesystem::path& identity, const std::filesystem::path& file) {
  XL_TRY(const std::string text, label_of(identity));
  XL_TRY(const std::string drawing, draw_label(text, file.extension().string()));
  return write_file(file, drawing);
}

}  // namespace xl::factory
