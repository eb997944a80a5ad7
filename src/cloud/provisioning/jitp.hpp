// SPDX-License-Identifier: Apache-2.0
// Just-in-time provisioning (guide 11.1.4) and registration, and the admission of known certificates.
#pragma once
#include <memory>
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
  std::optional<std::string> thing_name;             ///< set when exactly one thing is attached
  std::vector<std::shared_ptr<const Thing>> things;  ///< attached; at most 50
  bool exclusive = false;                            ///< it is that one thing's alone (EXCLUSIVE_THING)
  std::vector<Policy> policies;
  UnixMillis valid_from{}, valid_until{};  ///< the certificate's dates
  UnixMillis known_at{};                   ///< when the registry was asked
  /// Staging visit of a module that a customer owns: reaches only its own configuration and Quick Connect topics.
  bool guest = false;
  /// It is the claim-thing of this customer account (guide 11.3.1).
  std::optional<std::string> claims_for;
  /// The visit is news: note_visit() must be written.
  bool custody_change_needed = false;
  /// Set: what was written must be committed, yet this connection is refused with this reason ("duplicate_uid: …");
  /// `policies` is empty then. Only provision_just_in_time() sets it.
  std::optional<std::string> refused;
  /// Just-in-time registration: refused until the account activates it, which it is asked to by an event.
  struct Registration {
    std::string ca_certificate_id;
    std::optional<UnixMillis> first;  ///< when it was registered; nullopt: just now
  };
  std::optional<Registration> registration;
  /// A certificate of a registered CA that nobody has custody of yet: open_custody() must be written.
  bool custody_unopened = false;
  /// Nobody has written down for a day that the module was here: note_sighting() must be written.
  bool sighting_due = false;
};

/// A certificate that this account knows: status, dates and custody are checked again on every connect.
/// errors: not_found (unknown here, or dormant: try provisioning), forbidden (the detail is a reason that an operator
/// understands)
Result<Principal> admit_known(const Registry& registry, const Account& account, std::string_view certificate_id,
                              UnixMillis now);

/// What a connect tells of custody (docs/onboarding.md section 1): a module owned by a customer has come back to
/// staging, or a free one has come to the customer that registered it by hand. Idempotent; changes nothing when custody
/// has changed meanwhile.
Status note_visit(Registry& registry, const Account& account, std::string_view certificate_id, UnixMillis now);
/// The first accepted connect of a certificate that came into the account without a template (registered just in time
/// and activated, or registered by hand): custody begins as if a template had run. Idempotent; does nothing for a key
/// that is in another account's custody.
Status open_custody(Registry& registry, const Account& account, const DeviceCertificate& device, UnixMillis now);
/// The module was in its vendor's account just now: no sweep puts its registration away for a while. Does nothing for
/// what no sweep puts away.
Status note_sighting(Registry& registry, const Account& account, std::string_view certificate_id);
/// The first of the two.
Status note_guest(Registry& registry, std::string_view certificate_id, UnixMillis now);

/// Of a dormant certificate: the CA whose template wakes it, which may be gone; nullopt: it is not dormant.
Result<std::optional<CaCertificate>> waking_ca(const Registry& registry, const Account& account,
                                               std::string_view certificate_id);

/// A dormant certificate is registered again as it was, with this status, without its module: as far as its template
/// goes. errors: forbidden, invalid_argument (why it cannot be; nothing has changed when the caller undoes it)
Status wake(Registry& registry, const Account& account, const DeviceCertificate& device, CertificateStatus status,
            UnixMillis now);

/// The registered CAs that may vouch for a leaf with this issuer; the caller checks signatures.
/// errors: forbidden when none is usable (not registered, inactive, auto-registration off: each told apart)
Result<std::vector<CaCertificate>> usable_cas(const Registry& registry, const Account& account,
                                              std::string_view issuer_der);

/// Just-in-time provisioning and registration. A CA without a template: the certificate is registered
/// PENDING_ACTIVATION and refused until the account sets it to ACTIVE (Principal::registration).
/// Otherwise registers the certificate, runs the CA's template, creates thing and policies, attaches, activates and
/// opens custody: all or nothing, inside the caller's transaction. Run twice for the same certificate it gives the same
/// principal. Look at Principal::refused: a ThingName that another certificate holds leaves this one registered
/// PENDING_ACTIVATION and attached to nothing; a template with Status INACTIVE leaves it INACTIVE. A module that a
/// customer owns comes to staging as a guest: no template runs. One that is dormant wakes: `ca` is that of its
/// registration, which need not allow auto-registration any more. errors: forbidden (custody, CA, template),
/// invalid_argument (the template cannot be filled: names the subject attribute)
Result<Principal> provision_just_in_time(Registry& registry, const Account& account, const DeviceCertificate& device,
                                         const CaCertificate& ca, UnixMillis now);

}  // namespace xl::cloud::provisioning
