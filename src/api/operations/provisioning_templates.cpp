// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT API Reference, CreateProvisioningTemplate and its family
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/operations/tag_forms.hpp"
#include "api/paging.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::api {
namespace {

using cloud::ProvisioningTemplate;

std::string arn_of(const Request& request, const std::string& name) {
  return request.arn("provisioningtemplate/" + name);
}

tl::expected<std::string, Fault> template_name(const Request& request) {
  Constraints constraints;
  std::string name = constraints.label(request, "templateName", rules::kTemplateName);
  XL_CHECK(constraints.result());
  return name;
}

void refuse_hook(Constraints& constraints, const Request& request) {
  if (constraints.object(request.body, "preProvisioningHook")) {
    constraints.broken("preProvisioningHook", std::nullopt,
                       "Member is not supported: there are no Lambda functions to call here");
  }
}

Outcome create_in(cloud::Registry& registry, const ProvisioningTemplate& made, const std::string& arn,
                  const TagMap& tags) {
  if (registry.templates().find(made.account_id, made.name)) {
    return fail(Fault(exceptions::kResourceAlreadyExists, "The provisioning template " + made.name + " already exists.",
                      {{"resourceId", made.name}, {"resourceArn", arn}}));
  }
  XL_CHECK(registry.templates().insert(made));
  XL_CHECK(put_tags(registry, made.account_id, arn, tags));
  return Reply{{"templateArn", arn}, {"templateName", made.name}, {"defaultVersionId", made.default_version}};
}

Reply summary(const Request& request, const ProvisioningTemplate& found) {
  Reply reply{{"templateArn", arn_of(request, found.name)},
              {"templateName", found.name},
              {"creationDate", timestamp(found.created)},
              {"lastModifiedDate", timestamp(found.modified)},
              {"enabled", found.enabled},
              {"type", found.type == cloud::TemplateType::jitp ? "JITP" : "FLEET_PROVISIONING"}};
  if (!found.description.empty()) reply["description"] = found.description;
  return reply;
}

struct Update {
  std::optional<std::string> description;
  std::optional<std::string> role_arn;
  std::optional<bool> enabled;
  std::optional<std::int64_t> default_version;
};

Outcome update_in(cloud::Registry& registry, const Request& request, const std::string& name, const Update& update) {
  XL_TRY(ProvisioningTemplate found, registry.templates().find(request.account.id, name));
  if (update.description) found.description = *update.description;
  if (update.role_arn) found.role_arn = *update.role_arn;
  if (update.enabled) found.enabled = *update.enabled;
  found.modified = request.now;
  XL_CHECK(registry.templates().update(found));
  if (update.default_version)
    XL_CHECK(registry.templates().set_default(found.account_id, name, *update.default_version, request.now));
  return Reply{};
}

/// A CA whose template is gone would refuse every new module.
tl::expected<void, Fault> check_unused(const cloud::Registry& registry, const std::string& account,
                                       const std::string& name) {
  std::vector<std::string> users;
  cloud::PageRequest page{.after = "", .limit = 250};
  for (bool more = true; more;) {
    XL_TRY(const auto found, registry.ca_certificates().list(account, page));
    for (const auto& ca : found.items) {
      if (ca.template_name == name) users.push_back(ca.id);
    }
    more = found.more;
    if (more) page.after = found.items.back().id;
  }
  if (users.empty()) return {};
  return fail(exceptions::kDeleteConflict, "The provisioning template " + name + " is used by the CA certificate " +
                                               named(users) +
                                               ". Give it another one first, or none (UpdateCACertificate).");
}

}  // namespace

tl::expected<Change, Fault> create_provisioning_template(const Request& request, const Site&) {
  Constraints constraints;
  ProvisioningTemplate made;
  made.account_id = request.account.id;
  made.name = constraints.required_text(request.body, "templateName", rules::kTemplateName);
  made.body = constraints.required_text(request.body, "templateBody", rules::kTemplateBody);
  made.role_arn = constraints.required_text(request.body, "provisioningRoleArn", rules::kRoleArn);
  made.description = constraints.text(request.body, "description", rules::kTemplateDescription).value_or("");
  made.enabled = constraints.flag(request.body, "enabled").value_or(false);
  const auto type = constraints.choice(request.body, "type", {"FLEET_PROVISIONING", "JITP"});
  const TagMap tags = tags_of(constraints, request.body);
  refuse_hook(constraints, request);
  XL_CHECK(constraints.result());
  made.type = type == "JITP" ? cloud::TemplateType::jitp : cloud::TemplateType::fleet_provisioning;
  made.created = made.modified = request.now;
  XL_CHECK(cloud::provisioning::check_template(made.body));
  return [made, tags, arn = arn_of(request, made.name)](cloud::Registry& registry) {
    return create_in(registry, made, arn, tags);
  };
}

Outcome describe_provisioning_template(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const std::string name, template_name(request));
  XL_TRY(const auto found, registry.templates().find(request.account.id, name));
  Reply reply = summary(request, found);
  reply["defaultVersionId"] = found.default_version;
  reply["templateBody"] = found.body;
  reply["provisioningRoleArn"] = found.role_arn;
  return reply;
}

Outcome list_provisioning_templates(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const auto page, page_request(request, kTokens));
  XL_TRY(const auto found, registry.templates().list(request.account.id, page));
  return listing(
      "templates", kTokens, found, [&](const auto& item) { return summary(request, item); },
      &ProvisioningTemplate::name);
}

tl::expected<Change, Fault> update_provisioning_template(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "templateName", rules::kTemplateName);
  const Update update{constraints.text(request.body, "description", rules::kTemplateDescription),
                      constraints.text(request.body, "provisioningRoleArn", rules::kRoleArn),
                      constraints.flag(request.body, "enabled"), constraints.number(request.body, "defaultVersionId")};
  refuse_hook(constraints, request);
  (void)constraints.flag(request.body, "removePreProvisioningHook");  // of which there is none
  XL_CHECK(constraints.result());
  return [request, name, update](cloud::Registry& registry) { return update_in(registry, request, name, update); };
}

tl::expected<Change, Fault> delete_provisioning_template(const Request& request, const Site&) {
  XL_TRY(const std::string name, template_name(request));
  return [account = request.account.id, name, arn = arn_of(request, name)](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.templates().find(account, name));
    XL_CHECK(check_unused(registry, account, name));
    XL_CHECK(registry.templates().remove(account, name));
    XL_CHECK(registry.tags().remove_all(arn));
    return Reply{};
  };
}

}  // namespace xl::api
