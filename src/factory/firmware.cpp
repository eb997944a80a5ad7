// SPDX-License-Identifier: Apache-2.0
#include "factory/firmware.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

namespace xl::factory {
namespace {

constexpr std::uintmax_t kProgramBytesMax = 128U << 20;  // what AT+OTW takes

Result<std::string> read_program(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory) return fail(Error::not_found("file", file.string()));
  if (error) return fail(Error::io("cannot read " + file.string() + ": " + error.message()));
  if (size > kProgramBytesMax) return fail(Error::invalid(file.string() + " is longer than 128 MiB"));
  std::ifstream in(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (content.size() == size) return content;
  return fail(Error::io("cannot read " + file.string() + ": " + std::strerror(errno)));
}

/// Behind the mark, in printable characters.
Result<std::string> version_in(const std::string& program, const std::filesystem::path& file) {
  constexpr std::size_t kLongest = 31;
  std::set<std::string> found;
  const std::string_view mark = crypto::kFirmwareVersionMark;
  for (std::size_t at = program.find(mark); at != std::string::npos; at = program.find(mark, at + 1)) {
    const std::string_view behind = std::string_view(program).substr(at + mark.size(), kLongest + 1);
    const std::string version(behind.substr(0, behind.find('\0')));
    if (version.size() <= kLongest && crypto::is_version(version)) found.insert(version);
  }
  if (found.size() == 1) return *found.begin();
  return fail(Error::invalid(file.string() +
                             (found.empty() ? " does not say which version it is" : " names several versions") +
                             "; is it an expresslink-module?"));
}

}  // namespace

Result<FirmwareImage> sign_program(const VendorCa& ca, const std::filesystem::path& program) {
  if (!ca.firmware_signer) {
    return fail(
        Error{Errc::not_found, "the CA in " + ca.folder.string() +
                                   " has no firmware key yet. Make one: expresslink-factory image new-key --ca " +
                                   ca.folder.string()});
  }
  XL_TRY(const std::string content, read_program(program));
  const auto machine = crypto::machine_of(as_bytes(content));
  if (!machine) return fail(Error::invalid(program.string() + " is not an executable (ELF) file"));
  FirmwareImage image;
  XL_TRY(const std::string version, version_in(content, program));
  image.head = {.machine = *machine, .version = version, .vendor = ca.vendor, .model = ca.model};
  XL_TRY(image.bytes, crypto::sign_firmware(ca.firmware_signer->key.to_pem(), image.head, content));
  XL_TRY(image.head, crypto::read_firmware_head(as_bytes(image.bytes)));
  return image;
}

Result<FirmwareImage> read_image(const std::filesystem::path& file) {
  FirmwareImage image;
  XL_TRY(image.bytes, read_program(file));
  XL_TRY(image.head, crypto::read_firmware_head(as_bytes(image.bytes)));
  if (image.head.bytes == image.bytes.size()) return image;
  return fail(Error::corrupt(file.string() + " has " + std::to_string(image.bytes.size()) + " bytes instead of " +
                             std::to_string(image.head.bytes) + ": it was not copied whole"));
}

}  // namespace xl::factory
