// SPDX-License-Identifier: Apache-2.0
// What is printed on a module: its ThingName and the vendor's voucher as a QR code, so that nobody types
// forty digits.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::factory {

/// The QR code (error correction M, quiet zone of 4) as a file of the format that the extension names, ".svg" or
/// ".png". An SVG has the ThingName below the code as text. `text`: as crypto::label_text().
/// errors: invalid_argument (not a label; other extension)
Result<std::string> draw_label(std::string_view text, std::string_view extension);
/// Draws the label of an identity folder into `file`; its extension chooses the format.
/// errors: not_found (no identity), io, as draw_label; then nothing is written
Status write_label(const std::filesystem::path& identity, const std::filesystem::path& file);

}  // namespace xl::factory
