// SPDX-License-Identifier: Apache-2.0
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::api {
namespace {

std::string arn_of(const Request& request, const std::string& name) {
  return request.arn("provisioningtemplate/" + name);
}

}  // namespace

tl::expected<Change, Fault> create_provisioning_template(const Request& request) {
  Constraints constraints;
  cloud::ProvisioningTemplate made;
  made.account_id = request.account.id;
  made.name = constraints.required_text(request.body, "templateName", rules::kTemplateName);
  made.body = constraints.required_text(request.body, "templateBody", rules::kTemplateBody);
  made.role_arn = constraints.required_text(request.body, "provisioningRoleArn", rules::kRoleArn);
  made.description = constraints.text(request.body, "description", rules::kTemplateDescription).value_or("");
  made.enabled = constraints.flag(request.body, "enabled").value_or(false);
  const auto type = constraints.choice(request.body, "type", {"FLEET_PROVISIONING", "JITP"});
  const auto hook = constraints.object(request.body, "preProvisioningHook");
  XL_CHECK(constraints.result());
  if (hook) {
    return fail(exceptions::kInvalidRequest,
                "preProvisioningHook is not supported: there are no Lambda functions to call here.");
  }
  made.type = type == "JITP" ? cloud::TemplateType::jitp : cloud::TemplateType::fleet_provisioning;
  made.created = made.modified = request.now;
  XL_CHECK(cloud::provisioning::check_template(made.body));
  return [made, arn = arn_of(request, made.name)](cloud::Registry& registry) -> Outcome {
    if (registry.templates().find(made.account_id, made.name)) {
      return fail(Fault(exceptions::kResourceAlreadyExists,
                        "The provisioning template " + made.name + " already exists.",
                        {{"resourceId", made.name}, {"resourceArn", arn}}));
    }
    XL_CHECK(registry.templates().insert(made));
    return Reply{{"templateArn", arn}, {"templateName", made.name}, {"defaultVersionId", made.default_version}};
  };
}

Outcome describe_provisioning_template(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "templateName", rules::kTemplateName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto found, registry.templates().find(request.account.id, name));
  Reply reply{{"templateArn", arn_of(request, found.name)},
              {"templateName", found.name},
              {"creationDate", timestamp(found.created)},
              {"lastModifiedDate", timestamp(found.modified)},
              {"defaultVersionId", found.default_version},
              {"templateBody", found.body},
              {"enabled", found.enabled},
              {"provisioningRoleArn", found.role_arn},
              {"type", found.type == cloud::TemplateType::jitp ? "JITP" : "FLEET_PROVISIONING"}};
  if (!found.description.empty()) reply["description"] = found.description;
  return reply;
}

}  // namespace xl::api
