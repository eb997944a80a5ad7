// SPDX-License-Identifier: Apache-2.0
// What is printed on a module: its ThingName as a QR code, so that nobody types forty digits.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::factory {

/// "XL1:" and the ThingName in upper case: QR's alphanumeric mode needs half the area of bytes.
/// errors: invalid_argument (not the 40 hex digits of a UID)
Result<std::string> label_text(std::string_view thing_name);
/// The QR code (error correction M, quiet zone of 4) as a file of the format that the extension names, ".svg" or
/// ".png". An SVG has the ThingName below the code as text. errors: as label_text; invalid_argument (other extension)
Result<std::string> draw_label(std::string_view thing_name, std::string_view extension);
/// Draws the label of an identity folder into `file`; its extension chooses the format.
/// errors: not_found (no identity), io, as draw_label; then nothing is written
Status write_label(const std::filesystem::path& identity, const std::filesystem::path& file);

}  // namespace xl::factory
