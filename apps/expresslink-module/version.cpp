// SPDX-License-Identifier: Apache-2.0
#include "version.hpp"

#include "crypto/firmware_image.hpp"

namespace xl::app {
namespace {

[[gnu::used]] constexpr char kMarked[] = "XL-FIRMWARE-VERSION=" XL_VERSION;
static_assert(std::string_view(kMarked).starts_with(crypto::kFirmwareVersionMark));

}  // namespace

/// In a file of its own, so that the compiler keeps one copy of the text.
std::string_view firmware_version() { return std::string_view(kMarked).substr(crypto::kFirmwareVersionMark.size()); }

}  // namespace xl::app
