// SPDX-License-Identifier: Apache-2.0
// A filled template becomes things and policies. Inside the caller's transaction.
#pragma once
#include "cloud/ports/registry.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::cloud::provisioning {

/// The certificate of a device that has shown it, with this status; one that `is_known` awaited its activation.
/// `ca`: that vouches for it; null: none that the account has registered.
Status register_certificate(Registry& registry, const Account& account, const DeviceCertificate& device,
                            const CaCertificate* ca, CertificateStatus status, bool is_known, UnixMillis now);
/// The certificate that holds this ThingName already, or did when it was put away; nullopt when it is free or the
/// device's own. One UID must not have two keys.
Result<std::optional<std::string>> rival_of(const Registry& registry, const Account& account,
                                            std::string_view certificate_id, std::string_view thing_name);
/// What the CA's template makes of the device. errors: forbidden (no such template, disabled, of another type),
/// invalid_argument (it cannot be filled)
Result<Plan> plan_of(const Registry& registry, const CaCertificate& ca, const DeviceCertificate& device);
/// The thing, new or as OverrideSettings say, with its type and groups; the certificate is attached to it.
/// errors: forbidden (FAIL, an unknown or deprecated type, an unknown group, a limit of the account)
Status make_thing(Registry& registry, const Account& account, const DeviceCertificate& device, const Plan& plan,
                  UnixMillis now);
/// The policy, if need be, attached to the certificate. errors: forbidden (it does not exist, a limit of the account),
/// invalid_argument
Status make_policy(Registry& registry, const Account& account, const std::string& certificate_id,
                   const Plan::PolicyPlan& plan, UnixMillis now);

}  // namespace xl::cloud::provisioning
