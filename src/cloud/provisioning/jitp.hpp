// SPDX-License-Identifier: Apache-2.0
// Just-in-time provisioning (guide 11.1.4) and the admission of known certificates, in one transaction each.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/policy.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::provisioning {

/// What the gateway needs to know of an accepted principal.
struct Principal {
  std::string account_id;
  std::string certificate_id;
  std::optional<std::string> thing_name;  ///< set when exactly one thing is attached
  std::vector<Policy> policies;
  bool guest = false;  ///< staging visit of a module that a customer owns: only its own configuration and Quick Connect topics
};

/// A certificate that this account knows: status, dates and custody are checked again on every connect.
/// errors: not_found (unknown here: try provisioning), forbidden (the detail is the reason an operator understands)
Result<Principal> admit_known(const Registry& registry, const Account& account, std::string_view certificate_id,
                              UnixMillis now);

/// The registered CAs that may vouch for a leaf with this issuer, auto-registration or not; the caller checks signatures.
/// errors: forbidden when none is usable (not registered, inactive, auto-registration off: each told apart)
Result<std::vector<CaCertificate>> usable_cas(const Registry& registry, const Account& account,
                                              std::string_view issuer_der);

/// Registers the certificate, runs the CA's template, creates thing and policies, attaches, activates and opens custody:
/// all or nothing. Idempotent: run twice for the same certificate it gives the same principal.
/// errors: forbidden (custody, template off, REVOKED …), invalid_argument (template cannot be filled: names the attribute)
Result<Principal> provision_just_in_time(Registry& registry, const Account& account, const DeviceCertificate& device,
                                         const CaCertificate& ca, UnixMillis now);

}  // namespace xl::cloud::provisioning
