// SPDX-License-Identifier: Apache-2.0
// What a module's label says, and the vendor's signature on it (docs/onboarding.md "Who may claim").
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::crypto {

/// That the vendor hands over this module: binds its ThingName, its birth certificate and the key that has signed.
struct Voucher {
  std::string key_id;     ///< 1 to 8 capital letters and digits
  std::string signature;  ///< 64 octets
};

/// errors: invalid_argument (the key, or its id)
Result<Voucher> sign_voucher(std::string_view key_pem, std::string_view key_id, std::string_view thing_name,
                             std::string_view fingerprint);
bool is_valid(const Voucher& voucher, std::string_view public_pem, std::string_view thing_name,
              std::string_view fingerprint);
bool is_voucher_key_id(std::string_view id);

/// "XL1:<THINGNAME>[:<KEY ID>:<SIGNATURE>[:<FINGERPRINT>]]": ThingName and fingerprint in capital hex digits and the
/// signature in base32, all of QR's dense alphabet.
struct Label {
  std::string thing_name;  ///< 40 lower-case hex digits
  std::optional<Voucher> voucher = std::nullopt;
  /// Of the birth certificate, 64 lower-case hex digits: with it a module can be claimed that no cloud has seen yet.
  /// Empty: the label does not say.
  std::string fingerprint = {};
};
std::string label_text(const Label& label);
/// In either case; what follows the signature and is no fingerprint is of a later version and ignored.
/// errors: invalid_argument (what was expected where)
Result<Label> parse_label(std::string_view text);

}  // namespace xl::crypto
