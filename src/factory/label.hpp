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
/// An SVG drawing of the QR code (error correction M, quiet zone of 4) with the ThingName below it.
/// errors: as label_text
Result<std::string> draw_label(std::string_view thing_name);
/// Draws the label of an identity folder into `file`, which must end in .svg.
/// errors: not_found (no identity), invalid_argument (other formats are not built yet), io
Status write_label(const std::filesystem::path& identity, const std::filesystem::path& file);

}  // namespace xl::factory
