// SPDX-License-Identifier: Apache-2.0
// Provisioning templates. source: AWS IoT Developer Guide, "Provisioning templates"
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/certificate.hpp"

namespace xl::cloud::provisioning {

/// A template with its parameters filled in: what to make.
struct Plan {
  /// What becomes of a thing's attributes when the thing exists already (OverrideSettings).
  enum class Override { do_nothing, replace, merge, fail };

  /// Which certificate: one of these, or none at all. A device that connects has presented its own.
  struct CertificatePlan {
    std::string resource;  ///< the template's name for it, here and below
    std::string id;
    std::string pem;
    std::string ca_pem;  ///< beside `pem`
    std::string signing_request;
  };
  CertificatePlan certificate;
  std::string thing_resource;
  std::string thing_name;
  std::optional<std::string> thing_type;
  std::vector<std::string> thing_groups;
  std::map<std::string, std::string> attributes;
  Override attribute_override = Override::replace;
  bool activate = true;  ///< Certificate Status
  struct PolicyPlan {
    std::string resource;
    std::string name;      ///< existing policy, or the document's hash
    std::string document;  ///< empty: the policy must exist
  };
  std::vector<PolicyPlan> policies;
  std::map<std::string, std::string> device_configuration;  ///< DeviceConfiguration: told to a device of a fleet
};

/// Refuses unknown resource types, properties, references and functions at creation, as AWS does, and names what this
/// service does not know (billing groups). errors: invalid_argument
Status check_template(std::string_view body);
/// The same for a template that may bring a certificate of its own (RegisterThing). errors: invalid_argument
Status check_registration_template(std::string_view body);

/// For RegisterThing, whose template may bring a certificate of its own. errors: as fill_template()
Result<Plan> fill_registration_template(std::string_view body, const std::map<std::string, std::string>& parameters);

/// For a device that presents its certificate: the template may name that one only.
/// errors: invalid_argument (a declared parameter has no value and no Default: names it)
Result<Plan> fill_template(std::string_view body, const std::map<std::string, std::string>& parameters);

/// The JITP parameters "AWS::IoT::Certificate::SerialNumber" (subject attribute 2.5.4.5) and so on.
std::map<std::string, std::string> jitp_parameters(const DeviceCertificate& certificate);

}  // namespace xl::cloud::provisioning
