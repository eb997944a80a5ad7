// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning: a device that came with a claim certificate, or in the name of a trusted user, gets a certificate
// of its own and becomes a thing by a template. JSON only.
// source: AWS IoT Developer Guide, "Device provisioning MQTT API"
#pragma once
#include "cloud/services/service.hpp"

namespace xl::cloud::services {

/// Topics $aws/certificates/create/json, $aws/certificates/create-from-csr/json and
/// $aws/provisioning-templates/{templateName}/provision/json.
bool takes_fleet_provisioning(std::string_view topic, const std::optional<std::string>& thing_name);
Outcome answer_fleet_provisioning(const Backend& backend, const Asker& asker, const Message& request,
                                  const Later& later);
inline constexpr Service kFleetProvisioning{&takes_fleet_provisioning, &answer_fleet_provisioning};

}  // namespace xl::cloud::services
