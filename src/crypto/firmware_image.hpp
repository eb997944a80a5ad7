// SPDX-License-Identifier: Apache-2.0
// A firmware image: a head that the vendor has signed, then the program (docs/firmware.md has the layout).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace xl::crypto {

inline constexpr std::size_t kFirmwareHeadBytes = 272;
/// In a program the text after this is its version.
inline constexpr std::string_view kFirmwareVersionMark = "XL-FIRMWARE-VERSION=";

/// Of an ELF program: what kind of computer it is for.
struct Machine {
  std::uint16_t number = 0;  ///< e_machine
  Byte word = 0;             ///< EI_CLASS
  Byte order = 0;            ///< EI_DATA
  bool operator==(const Machine&) const = default;
};
/// nullopt: no ELF file. `program` needs its first 20 bytes only.
std::optional<Machine> machine_of(ByteView program);

struct FirmwareHead {
  Machine machine;
  std::string version;        ///< "X.Y.Z[ suffix]", at most 31 octets
  std::string vendor, model;  ///< at most 63 octets each
  std::uint32_t bytes = 0;    ///< of the image in all
  Sha256 digest{};            ///< of the program
};

/// The whole image. errors: invalid_argument (the key, a name or version that does not fit, no program)
Result<std::string> sign_firmware(std::string_view key_pem, FirmwareHead head, std::string_view program);
/// What an image of any version says it has in all, from its first 16 bytes; 0: that is no image.
std::uint32_t firmware_bytes(ByteView start);
/// errors: corrupt (no image), invalid_argument (of a format that is not known here)
Result<FirmwareHead> read_firmware_head(ByteView head);
/// `head` has kFirmwareHeadBytes; `public_pem` is a SubjectPublicKeyInfo.
bool is_signed_firmware(ByteView head, std::string_view public_pem);

/// By X, Y and Z. What is no version is older than any that is one.
bool is_older_version(std::string_view version, std::string_view than);
bool is_version(std::string_view text);

}  // namespace xl::crypto
