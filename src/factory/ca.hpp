// SPDX-License-Identifier: Apache-2.0
// A vendor's CA folder: root.pem, root.key, issuing.pem, issuing.key, voucher.key, voucher.pem, profile; after
// enrolment also endpoint, root-ca.pem; of earlier lots voucher-ID.key; firmware.key (with its certificate),
// firmware.pem; signers of firmware that were replaced, firmware-ID.key.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "pki/authority.hpp"

namespace xl::factory {

struct VendorCa {
  std::filesystem::path folder;
  std::string vendor, model;
  pki::Certificate root;
  pki::Authority issuing;
  /// Signs the vouchers on labels (docs/onboarding.md "Who may claim").
  struct VoucherKey {
    std::string id;  ///< follows from the key
    std::string secret_pem, public_pem;
  };
  std::optional<VoucherKey> voucher_key;  ///< a folder made by an older version has none
  /// Signs firmware; its certificate is the modules' OTAcertificate. A folder made by an older version has none.
  std::optional<pki::Authority> firmware_signer;
};

/// One CA per vendor and model. Running it again with the same names keeps what is there (`existed`).
/// errors: invalid_argument (names; guide 11.1.5.1 allows 0-9 A-Z a-z - . space), already_exists (another vendor's CA)
struct CreatedCa {
  VendorCa ca;
  bool existed = false;
};
Result<CreatedCa> create_ca(const std::filesystem::path& folder, const std::string& vendor, const std::string& model);

/// errors: not_found (no complete CA there: says how to make one), corrupt
Result<VendorCa> open_ca(const std::filesystem::path& folder);

/// From now on labels are signed with a new voucher key, whose id is the lot's name in claim grants; the key before is
/// kept as voucher-ID.key. The cloud learns the new one by enroll_ca(). errors: as open_ca()
Result<VendorCa::VoucherKey> begin_lot(const std::filesystem::path& folder);

/// Firmware is signed with a new key from now on, whose certificate the key before has signed, so that modules take it
/// as OTAcertificate (guide 8.6). errors: as open_ca()
Result<pki::Certificate> renew_firmware_signer(const std::filesystem::path& folder);

}  // namespace xl::factory
