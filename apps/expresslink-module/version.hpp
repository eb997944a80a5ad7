// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::app {

/// The module's firmware version, "X.Y.Z[ suffix]". It stands in the program behind a mark that the vendor's tool finds
/// when it signs the program (crypto/firmware_image.hpp).
std::string_view firmware_version();

}  // namespace xl::app
