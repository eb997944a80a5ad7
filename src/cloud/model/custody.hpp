// SPDX-License-Identifier: Apache-2.0
// Who owns a module. Registrations come and go; custody outlives them all (docs/onboarding.md section 1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace xl::cloud {

enum class CustodyStatus { free, reserved, owned, owned_reset, revoked };

struct Custody {
  std::string fingerprint;  ///< of the birth certificate
  std::string thing_name;
  std::string vendor_account;
  std::optional<std::string> owner_account;
  CustodyStatus status = CustodyStatus::free;
  std::int64_t epoch = 1;  ///< +1 on every change
  /// DeviceCertificate::public_key, kept once it is known; empty: the module was claimed and never seen. An ECDSA
  /// signature can be rewritten by anybody into a second valid one, which gives the same certificate another
  /// fingerprint: the key is what cannot be had twice.
  std::string public_key = {};
};

/// One link of a module's hash chain: hash = SHA-256 over the fields and the previous hash.
struct CustodyEntry {
  std::string fingerprint;
  std::string thing_name;
  std::string vendor_account;
  std::optional<std::string> owner_account;
  CustodyStatus status = CustodyStatus::free;
  std::int64_t epoch = 0;
  std::string reason;
  UnixMillis at{};
  std::string previous_hash;  ///< hex; 64 zeros for the first
  std::string hash;
};

}  // namespace xl::cloud
