// SPDX-License-Identifier: Apache-2.0
// What the CA operations share: registrationConfig and the words for states.
#pragma once
#include <optional>

#include "api/constraints.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::api {

/// registrationConfig: a template of its own, or the name of one of type JITP.
struct RegistrationConfig {
  std::string template_body;
  std::string template_name;
  std::string role_arn;
};

/// Reads the member `registrationConfig` of `body`; absent: nullopt.
std::optional<RegistrationConfig> registration_config(Constraints& constraints, const boost::json::object& body);
/// errors: InvalidRequestException (members that do not go together, a template that is none)
tl::expected<void, Fault> check_config(const RegistrationConfig& config);
/// The named template must exist in the account and be for JITP. errors: InvalidRequestException,
/// ResourceNotFoundException
tl::expected<void, Fault> check_named_template(const cloud::Registry& registry, const std::string& account_id,
                                               const RegistrationConfig& config);
void apply(const RegistrationConfig& config, cloud::CaCertificate& ca);

inline const char* text_of(cloud::CaStatus status) { return status == cloud::CaStatus::active ? "ACTIVE" : "INACTIVE"; }
inline const char* text_of(cloud::CertificateMode mode) {
  return mode == cloud::CertificateMode::sni_only ? "SNI_ONLY" : "DEFAULT";
}

}  // namespace xl::api
