// SPDX-License-Identifier: Apache-2.0
#include "crypto/voucher.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/signature.hpp"

namespace xl::crypto {
namespace {

constexpr std::size_t kThingNameDigits = 40;
constexpr std::size_t kSignatureBytes = 64, kFingerprintDigits = 64;

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string signed_text(std::string_view key_id, std::string_view thing_name, std::string_view fingerprint) {
  return "XL1:" + to_upper(thing_name) + ":" + to_upper(fingerprint) + ":" + std::string(key_id);
}

}  // namespace

bool is_voucher_key_id(std::string_view id) {
  return !id.empty() && id.size() <= 8 &&
         std::ranges::all_of(id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

Result<Voucher> sign_voucher(std::string_view key_pem, std::string_view key_id, std::string_view thing_name,
                             std::string_view fingerprint) {
  if (!is_voucher_key_id(key_id))
    return fail(Error::invalid("a voucher key's id is 1 to 8 capital letters and digits"));
  XL_TRY(std::string signature, sign_p256(key_pem, signed_text(key_id, thing_name, fingerprint)));
  return Voucher{std::string(key_id), std::move(signature)};
}

bool is_valid(const Voucher& voucher, std::string_view public_pem, std::string_view thing_name,
              std::string_view fingerprint) {
  return is_signed_p256(public_pem, signed_text(voucher.key_id, thing_name, fingerprint), voucher.signature);
}

std::string label_text(const Label& label) {
  std::string text = "XL1:" + to_upper(label.thing_name);
  if (label.voucher) text += ":" + label.voucher->key_id + ":" + base32_encode(as_bytes(label.voucher->signature));
  if (label.voucher && !label.fingerprint.empty()) text += ":" + to_upper(label.fingerprint);
  return text;
}

Result<Label> parse_label(std::string_view text) {
  const std::string upper = to_upper(trim(text));
  const auto parts = split(upper, ':');
  if (parts.size() < 2 || parts[0] != "XL1")
    return fail(Error::invalid("a label begins with XL1: and the module's ThingName"));
  const auto name = hex_decode(parts[1]);
  if (!name || parts[1].size() != kThingNameDigits)
    return fail(Error::invalid("after XL1: come the 40 hexadecimal digits of the module's ThingName"));
  Label label{to_lower(parts[1])};
  if (parts.size() == 2) return label;
  if (parts.size() == 3 || !is_voucher_key_id(parts[2]))
    return fail(Error::invalid("after the ThingName come the id of a key and its signature"));
  const auto signature = base32_decode(parts[3]);
  if (!signature || signature->size() != kSignatureBytes)
    return fail(Error::invalid("the signature on the label is 103 letters and digits (A to Z, 2 to 7)"));
  label.voucher = Voucher{std::string(parts[2]), *signature};
  if (parts.size() > 4 && parts[4].size() == kFingerprintDigits && hex_decode(parts[4]))
    label.fingerprint = to_lower(parts[4]);
  return label;
}

}  // namespace xl::crypto
