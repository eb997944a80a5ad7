// SPDX-License-Identifier: Apache-2.0
#include "crypto/firmware_image.hpp"

#include <algorithm>
#include <charconv>

#include "crypto/signature.hpp"

namespace xl::crypto {
namespace {

constexpr std::string_view kMagic = "XLFIRM";
constexpr std::uint16_t kFormat = 1;
constexpr std::size_t kDigestAt = 16, kVersionAt = 48, kVendorAt = 80, kModelAt = 144, kSignatureAt = 208;

template <class Number>
void put(std::string& out, Number number) {
  for (std::size_t shift = 8 * sizeof(Number); shift > 0; shift -= 8) {
    out += static_cast<char>(static_cast<Byte>(number >> (shift - 8)));
  }
}

template <class Number>
Number get(ByteView bytes, std::size_t at) {
  Number number = 0;
  for (const Byte byte : bytes.subspan(at, sizeof(Number))) number = static_cast<Number>((number << 8) | byte);
  return number;
}

void put_text(std::string& out, std::string_view text, std::size_t room) {
  out += text;
  out.append(room - text.size(), '\0');
}

std::string get_text(ByteView head, std::size_t from, std::size_t to) {
  const std::string_view text = as_text(head.subspan(from, to - from));
  return std::string(text.substr(0, text.find('\0')));
}

bool fits(std::string_view text, std::size_t room) {
  return !text.empty() && text.size() < room && text.find('\0') == std::string_view::npos;
}

std::optional<std::array<unsigned, 3>> numbers_of(std::string_view version) {
  std::array<unsigned, 3> numbers{};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const auto [stop, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc()) return std::nullopt;
    at = stop;
  }
  return at == end || *at == ' ' ? std::optional(numbers) : std::nullopt;
}

}  // namespace

std::optional<Machine> machine_of(ByteView program) {
  constexpr std::size_t kClassAt = 4, kDataAt = 5, kMachineAt = 18;
  constexpr Byte kLittleEndian = 1;
  if (program.size() < kMachineAt + 2 || !as_text(program).starts_with("\x7f"
                                                                       "ELF")) {
    return std::nullopt;
  }
  Machine machine{get<std::uint16_t>(program, kMachineAt), program[kClassAt], program[kDataAt]};
  if (machine.order == kLittleEndian) {
    machine.number = static_cast<std::uint16_t>((machine.number << 8) | (machine.number >> 8));
  }
  return machine;
}

Result<std::string> sign_firmware(std::string_view key_pem, FirmwareHead head, std::string_view program) {
  if (program.empty()) return fail(Error::invalid("there is no program to sign"));
  if (program.size() > UINT32_MAX - kFirmwareHeadBytes) return fail(Error::invalid("the program is too long"));
  if (!is_version(head.version) || !fits(head.version, kVendorAt - kVersionAt)) {
    return fail(Error::invalid("a firmware version is X.Y.Z with numbers, or X.Y.Z and a short suffix after a space"));
  }
  if (!fits(head.vendor, kModelAt - kVendorAt) || !fits(head.model, kSignatureAt - kModelAt)) {
    return fail(Error::invalid("vendor and model are texts of 1 to 63 octets"));
  }
  std::string out(kMagic);
  put(out, kFormat);
  put(out, static_cast<std::uint32_t>(kFirmwareHeadBytes + program.size()));
  put(out, head.machine.number);
  put(out, head.machine.word);
  put(out, head.machine.order);
  out += as_text(sha256(as_bytes(program)));
  put_text(out, head.version, kVendorAt - kVersionAt);
  put_text(out, head.vendor, kModelAt - kVendorAt);
  put_text(out, head.model, kSignatureAt - kModelAt);
  XL_TRY(const std::string signature, sign_p256(key_pem, out));
  return out + signature + std::string(program);
}

std::uint32_t firmware_bytes(ByteView start) {
  if (start.size() < kDigestAt || !as_text(start).starts_with(kMagic)) return 0;
  const auto bytes = get<std::uint32_t>(start, kMagic.size() + sizeof kFormat);
  return bytes > kFirmwareHeadBytes ? bytes : 0;
}

Result<FirmwareHead> read_firmware_head(ByteView head) {
  if (head.size() < kFirmwareHeadBytes || firmware_bytes(head) == 0) {
    return fail(Error::corrupt("this is no firmware image"));
  }
  if (const auto format = get<std::uint16_t>(head, kMagic.size()); format != kFormat) {
    return fail(Error::invalid("firmware images of format " + std::to_string(format) + " are not known here"));
  }
  FirmwareHead out;
  out.bytes = firmware_bytes(head);
  out.machine = {get<std::uint16_t>(head, 12), head[14], head[15]};
  std::ranges::copy(head.subspan(kDigestAt, out.digest.size()), out.digest.begin());
  out.version = get_text(head, kVersionAt, kVendorAt);
  out.vendor = get_text(head, kVendorAt, kModelAt);
  out.model = get_text(head, kModelAt, kSignatureAt);
  return out;
}

bool is_signed_firmware(ByteView head, std::string_view public_pem) {
  if (head.size() < kFirmwareHeadBytes) return false;
  const std::string_view text = as_text(head.first(kFirmwareHeadBytes));
  return is_signed_p256(public_pem, text.substr(0, kSignatureAt), text.substr(kSignatureAt));
}

bool is_version(std::string_view text) { return numbers_of(text).has_value(); }

bool is_older_version(std::string_view version, std::string_view than) {
  const auto one = numbers_of(version);
  const auto other = numbers_of(than);
  return other && (!one || *one < *other);
}

}  // namespace xl::crypto
