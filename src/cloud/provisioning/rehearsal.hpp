// SPDX-License-Identifier: Apache-2.0
// What would happen, without making it happen: a template for a certificate, and the first thing that a module does.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/policy/policy.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::cloud::provisioning {

struct Rehearsal {
  Plan plan;             ///< what the template comes to; empty when it cannot be filled
  std::string reason;    ///< why the module would be refused; empty: it would be let in
  std::string decision;  ///< the statement that allows or denies its connect; empty: no statement speaks of it
};

/// Fills the template for this certificate, makes thing and policies, asks these policies for iot:Connect under the
/// thing's name, and undoes everything. Custody is not asked. `parameters`: of a fleet template, beside those of the
/// certificate. errors: not_found (no such template); io. Whatever the account would have to mend is the reason.
Result<Rehearsal> rehearse_template(Registry& registry, const Account& account, std::string_view region,
                                    std::string_view template_name, const DeviceCertificate& device,
                                    std::map<std::string, std::string> parameters, UnixMillis now);

/// What the principal's policies say to iot:Connect under this client id.
/// errors: invalid_argument (a stored policy that does not parse)
Result<policy::Decision> decide_connect(const Principal& principal, std::string_view region,
                                        const DeviceCertificate& device, const std::string& client_id);
/// Why the decision keeps a module out, for a person: with the ARN that policies would name.
std::string refusal_text(const policy::Decision& decision, std::string_view account_id, std::string_view region,
                         std::string_view client_id);

}  // namespace xl::cloud::provisioning
