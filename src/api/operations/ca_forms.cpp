// SPDX-License-Identifier: Apache-2.0
#include "api/operations/ca_forms.hpp"

#include "cloud/provisioning/template.hpp"

namespace xl::api {

std::optional<RegistrationConfig> registration_config(Constraints& constraints, const boost::json::object& body) {
  const auto object = constraints.object(body, "registrationConfig");
  if (!object) return std::nullopt;
  return RegistrationConfig{constraints.text(*object, "templateBody", rules::kTemplateBody).value_or(""),
                            constraints.text(*object, "templateName", rules::kTemplateName).value_or(""),
                            constraints.text(*object, "roleArn", rules::kRoleArn).value_or("")};
}

tl::expected<void, Fault> check_config(const RegistrationConfig& config) {
  if (!config.template_body.empty() && !config.template_name.empty())
    return fail(exceptions::kInvalidRequest, "registrationConfig takes templateBody or templateName, not both.");
  if (!config.template_body.empty()) {
    if (config.role_arn.empty())
      return fail(exceptions::kInvalidRequest, "registrationConfig with templateBody needs roleArn.");
    XL_CHECK(cloud::provisioning::check_template(config.template_body));
  }
  return {};
}

tl::expected<void, Fault> check_named_template(const cloud::Registry& registry, const std::string& account_id,
                                               const RegistrationConfig& config) {
  if (config.template_name.empty()) return {};
  XL_TRY(const auto found, registry.templates().find(account_id, config.template_name));
  if (found.type != cloud::TemplateType::jitp)
    return fail(exceptions::kInvalidRequest, "The template " + config.template_name + " is not of type JITP.");
  return {};
}

void apply(const RegistrationConfig& config, cloud::CaCertificate& ca) {
  ca.template_body = config.template_body;
  ca.template_name = config.template_name;
  ca.role_arn = config.role_arn;
}

}  // namespace xl::api
