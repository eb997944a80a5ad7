// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/qr_code.hpp"

#include <gtest/gtest.h>
#include <qrencode.h>

#include <memory>

namespace xl::quickconnect::test {
namespace {

QrCode reference(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L),
                                                             &QRcode_free);
  QrCode out;
  if (!code) return out;
  out.size = static_cast<std::size_t>(code->width);
  for (std::size_t i = 0; i < out.size * out.size; ++i) out.modules.push_back((code->data[i] & 1) != 0);
  return out;
}

}  // namespace

TEST(QrCode, EqualsTheReferenceEncoderInEveryVersion) {
  for (const std::size_t length :
       std::initializer_list<std::size_t>{1, 17, 18, 32, 53, 78, 106, 134, 154, 192, 230, 231, 271}) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('!' + i * 7 % 90);
    const QrCode expected = reference(text);
    int equal = 0;  // the reference may prefer another mask; one of the eight must be its symbol, bit by bit
    for (unsigned mask = 0; mask < 8; ++mask) equal += encode_qr(text, mask)->modules == expected.modules ? 1 : 0;
    EXPECT_EQ(equal, 1) << length;
    EXPECT_EQ(encode_qr(text)->size, expected.size) << length;
  }
}

TEST(QrCode, RefusesWhatDoesNotFit) { EXPECT_FALSE(encode_qr(std::string(272, 'x'))); }

TEST(QrCode, DrawsTwoModulesPerCharacter) {
  const auto code = encode_qr("x");
  const std::string drawing = draw_qr(*code);
  EXPECT_EQ(std::count(drawing.begin(), drawing.end(), '\n'), 13);
}

}  // namespace xl::quickconnect::test
