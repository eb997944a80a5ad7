// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xl::quickconnect {

/// A QR code symbol: byte mode, error correction level L, versions 1 to 10 (271 bytes). source: ISO/IEC 18004
struct QrCode {
  std::size_t size = 0;       ///< modules per side, without the quiet zone
  std::vector<bool> modules;  ///< true is dark; row by row
  bool at(std::size_t x, std::size_t y) const { return modules[y * size + x]; }
};

/// Nothing when `text` is too long. The mask is the one of least penalty.
std::optional<QrCode> encode_qr(std::string_view text);
/// The same with a given mask, 0 to 7.
std::optional<QrCode> encode_qr(std::string_view text, unsigned mask);

/// Lines for a terminal, two modules per character, with a quiet zone; colours are set, so that it scans on any theme.
std::string draw_qr(const QrCode& code);

}  // namespace xl::quickconnect
