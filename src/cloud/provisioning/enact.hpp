// SPDX-License-Identifier: Apache-2.0
// A filled template becomes things and policies. Inside the caller's transaction.
#pragma once
#include "cloud/ports/registry.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::cloud::provisioning {

/// The thing, new or as OverrideSettings say, with its type and groups; the certificate is attached to it.
/// errors: forbidden (FAIL, an unknown or deprecated type, an unknown group, a limit of the account)
Status make_thing(Registry& registry, const Account& account, const DeviceCertificate& device, const Plan& plan,
                  UnixMillis now);
/// The policy, if need be, attached to the certificate. errors: forbidden (it does not exist, a limit of the account),
/// invalid_argument
Status make_policy(Registry& registry, const Account& account, const std::string& certificate_id,
                   const Plan::PolicyPlan& plan, UnixMillis now);

}  // namespace xl::cloud::provisioning
