// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace xl::quickconnect {

struct QrCodewords {
  unsigned version = 1;
  std::vector<std::uint8_t> codewords;  ///< data and error correction, interleaved as they are drawn
};

/// The smallest version that holds `text` in byte mode at level L; nothing beyond version 10.
std::optional<QrCodewords> qr_codewords(std::string_view text);

}  // namespace xl::quickconnect
