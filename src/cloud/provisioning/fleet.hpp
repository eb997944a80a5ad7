// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning. source: AWS IoT Developer Guide, "Provisioning devices by claim"
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/model/policy.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::provisioning {

struct Provisioned {
  std::string thing_name;
  std::map<std::string, std::string> device_configuration;  ///< as the template says
};

/// RegisterThing of the devices' MQTT API: the template makes thing and policies, the certificate is activated last.
/// Inside the caller's transaction, which an error must undo. errors: not_found (the template), conflict (the
/// certificate no longer awaits its activation), invalid_argument (parameters), forbidden (the template is disabled or
/// not for fleets; what it asks for is refused)
Result<Provisioned> provision_by_claim(Registry& registry, const Account& account, std::string_view template_name,
                                       std::string_view certificate_id, std::map<std::string, std::string> parameters,
                                       UnixMillis now);

/// What a certificate of CreateProvisioningClaim may do without any policy attached: ask for a certificate, and
/// register by its template.
Policy claim_policy(const std::string& account_id, const std::string& template_name);

}  // namespace xl::cloud::provisioning
