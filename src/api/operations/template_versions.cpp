// SPDX-License-Identifier: Apache-2.0
// A provisioning template's versions; the default one is what counts.
// source: AWS IoT API Reference, CreateProvisioningTemplateVersion and its family
#include <charconv>

#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/paging.hpp"
#include "cloud/model/limits.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::api {
namespace {

struct VersionName {
  std::string account;
  std::string name;
  std::int64_t version = 0;
};

tl::expected<VersionName, Fault> version_name(const Request& request) {
  Constraints constraints;
  VersionName out{request.account.id, constraints.label(request, "templateName", rules::kTemplateName), 0};
  const std::string version = constraints.label(request, "versionId", rules::kPolicyVersionId);
  XL_CHECK(constraints.result());
  std::from_chars(version.data(), version.data() + version.size(), out.version);
  return out;
}

Outcome create_in(cloud::Registry& registry, const Request& request, const VersionName& of, const std::string& body,
                  bool as_default) {
  auto& templates = registry.templates();
  XL_CHECK(templates.find(of.account, of.name));
  XL_TRY(const auto versions, templates.versions(of.account, of.name));
  XL_TRY(const auto limits, registry.accounts().limits(of.account));
  if (!limits.allow(cloud::limits::Limit::versions_per_template, versions.size() + 1)) {
    return fail(exceptions::kVersionsLimitExceeded, "The provisioning template " + of.name +
                                                        " already has the maximum number of versions (" +
                                                        std::to_string(versions.size()) + ")");
  }
  XL_TRY(const std::int64_t version, templates.add_version(of.account, of.name, body, request.now));
  if (as_default) XL_CHECK(templates.set_default(of.account, of.name, version, request.now));
  return Reply{{"templateArn", request.arn("provisioningtemplate/" + of.name)},
               {"templateName", of.name},
               {"versionId", version},
               {"isDefaultVersion", as_default}};
}

Outcome delete_in(cloud::Registry& registry, const VersionName& of) {
  XL_TRY(const auto found, registry.templates().find(of.account, of.name));
  if (found.default_version == of.version) {
    XL_TRY(auto others, registry.templates().versions(of.account, of.name));
    std::erase_if(others, [&](const auto& version) { return version.id == of.version; });
    const auto number = [](const cloud::TemplateVersion& version) { return std::to_string(version.id); };
    return fail(exceptions::kDeleteConflict,
                "Cannot delete the default version of a provisioning template. " +
                    (others.empty() ? "It is the only one of template " + of.name +
                                          "; delete the template (DeleteProvisioningTemplate)."
                                    : "Make another version of template " + of.name +
                                          " the default first (UpdateProvisioningTemplate): version " +
                                          named(names_of(others, number)) + "."));
  }
  XL_CHECK(registry.templates().remove_version(of.account, of.name, of.version));
  return Reply{};
}

/// What versions are listed by: texts of one length, so that 10 comes after 9.
std::string place_of(const cloud::TemplateVersion& version) {
  const std::string number = std::to_string(version.id);
  return std::string(20 - number.size(), '0') + number;
}

}  // namespace

tl::expected<Change, Fault> create_provisioning_template_version(const Request& request, const Site&) {
  Constraints constraints;
  const VersionName of{request.account.id, constraints.label(request, "templateName", rules::kTemplateName), 0};
  const std::string body = constraints.required_text(request.body, "templateBody", rules::kTemplateBody);
  const bool as_default = constraints.query_flag(request, "setAsDefault").value_or(false);
  XL_CHECK(constraints.result());
  XL_CHECK(cloud::provisioning::check_template(body));
  return [request, of, body, as_default](cloud::Registry& registry) {
    return create_in(registry, request, of, body, as_default);
  };
}

Outcome describe_provisioning_template_version(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const VersionName of, version_name(request));
  XL_TRY(const auto found, registry.templates().find(of.account, of.name));
  XL_TRY(const auto versions, registry.templates().versions(of.account, of.name));
  const auto version = std::ranges::find(versions, of.version, &cloud::TemplateVersion::id);
  if (version == versions.end()) return fail(Fault(Error::not_found("Template version", std::to_string(of.version))));
  return Reply{{"versionId", version->id},
               {"creationDate", timestamp(version->created)},
               {"templateBody", version->body},
               {"isDefaultVersion", version->id == found.default_version}};
}

Outcome list_provisioning_template_versions(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = page_request(constraints, request, kTokens);
  const std::string name = constraints.label(request, "templateName", rules::kTemplateName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto found, registry.templates().find(request.account.id, name));
  XL_TRY(auto versions, registry.templates().versions(request.account.id, name));
  const auto show = [&](const cloud::TemplateVersion& version) {
    return Reply{{"versionId", version.id},
                 {"creationDate", timestamp(version.created)},
                 {"isDefaultVersion", version.id == found.default_version}};
  };
  return listing("versions", kTokens, page_within(std::move(versions), page, place_of), show, place_of);
}

tl::expected<Change, Fault> delete_provisioning_template_version(const Request& request, const Site&) {
  XL_TRY(const VersionName of, version_name(request));
  return [of](cloud::Registry& registry) { return delete_in(registry, of); };
}

}  // namespace xl::api
