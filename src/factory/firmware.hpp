// SPDX-License-Identifier: Apache-2.0
// Firmware images for modules in the field (docs/firmware.md).
#pragma once
#include <filesystem>
#include <string>

#include "crypto/firmware_image.hpp"
#include "factory/ca.hpp"

namespace xl::factory {

struct FirmwareImage {
  crypto::FirmwareHead head;
  std::string bytes;
};

/// An image of `program`, an executable file, signed by the CA's firmware key for its vendor and model, in the version
/// that the program itself has: what it tells its host then, and no image may be older than. errors: not_found (no such
/// file, no firmware key: says how to make one), invalid_argument (no executable, no version in it)
Result<FirmwareImage> sign_program(const VendorCa& ca, const std::filesystem::path& program);

/// errors: not_found, io, corrupt (no image, or another size than it says), invalid_argument (of a later format)
Result<FirmwareImage> read_image(const std::filesystem::path& file);

}  // namespace xl::factory
