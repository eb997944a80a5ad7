// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT API Reference, TagResource and its family
#include <array>

#include "api/operations/handlers.hpp"
#include "api/operations/tag_forms.hpp"
#include "cloud/model/limits.hpp"

namespace xl::api {
namespace {

using Exists = Status (*)(const cloud::Registry& registry, const std::string& account, const std::string& name);

template <class Found>
Status outcome_of(const Found& found) {
  if (!found) return xl::fail(found.error());
  return {};
}

struct Kind {
  std::string_view prefix;
  Exists exists;
};
/// What can carry tags.
constexpr std::array<Kind, 5> kKinds{{
    {"policy/", [](const cloud::Registry& r, const std::string& a,
                   const std::string& n) { return outcome_of(r.policies().find(a, n)); }},
    {"thinggroup/", [](const cloud::Registry& r, const std::string& a,
                       const std::string& n) { return outcome_of(r.thing_groups().find(a, n)); }},
    {"thingtype/", [](const cloud::Registry& r, const std::string& a,
                      const std::string& n) { return outcome_of(r.thing_types().find(a, n)); }},
    {"provisioningtemplate/", [](const cloud::Registry& r, const std::string& a,
                                 const std::string& n) { return outcome_of(r.templates().find(a, n)); }},
    {"cacert/", [](const cloud::Registry& r, const std::string& a,
                   const std::string& n) { return outcome_of(r.ca_certificates().find(a, n)); }},
}};

tl::expected<void, Fault> check_resource(const cloud::Registry& registry, const Request& request,
                                         const std::string& arn) {
  for (const Kind& kind : kKinds) {
    const std::string prefix = request.arn(kind.prefix);
    if (!arn.starts_with(prefix)) continue;
    XL_CHECK(kind.exists(registry, request.account.id, arn.substr(prefix.size())));
    return {};
  }
  if (!arn.starts_with("arn:")) return fail(exceptions::kInvalidRequest, "The resource " + arn + " is not an ARN.");
  return fail(exceptions::kResourceNotFound,
              "The resource " + arn + " does not exist in this account, or cannot have tags.");
}

}  // namespace

TagMap tags_of(Constraints& constraints, const boost::json::object& body) {
  TagMap tags;
  for (const auto& tag : constraints.objects(body, "tags").value_or(std::vector<boost::json::object>())) {
    const std::string key = constraints.required_text(tag, "Key", rules::kTagKey);
    tags[key] = constraints.text(tag, "Value", rules::kTagValue).value_or("");
  }
  return tags;
}

tl::expected<void, Fault> put_tags(cloud::Registry& registry, const std::string& account, const std::string& arn,
                                   const TagMap& tags) {
  if (tags.empty()) return {};
  for (const auto& [key, value] : tags) XL_CHECK(registry.tags().put(arn, key, value));
  constexpr auto kLimit = cloud::limits::Limit::tags_per_resource;
  XL_TRY(const auto limits, registry.accounts().limits(account));
  XL_TRY(const auto all, registry.tags().of(arn));
  if (limits.allow(kLimit, all.size())) return {};
  return fail(exceptions::kLimitExceeded, "A resource may have at most " + std::to_string(limits[kLimit]) + " tags.");
}

tl::expected<Change, Fault> tag_resource(const Request& request, const Site&) {
  Constraints constraints;
  const std::string arn = constraints.required_text(request.body, "resourceArn", rules::kAnyText);
  const TagMap tags = tags_of(constraints, request.body);
  XL_CHECK(constraints.result());
  if (tags.empty()) return fail(exceptions::kInvalidRequest, "tags must hold at least one tag.");
  return [request, arn, tags](cloud::Registry& registry) -> Outcome {
    XL_CHECK(check_resource(registry, request, arn));
    XL_CHECK(put_tags(registry, request.account.id, arn, tags));
    return Reply{};
  };
}

tl::expected<Change, Fault> untag_resource(const Request& request, const Site&) {
  Constraints constraints;
  const std::string arn = constraints.required_text(request.body, "resourceArn", rules::kAnyText);
  const auto keys = constraints.required_texts(request.body, "tagKeys", rules::kTagKey);
  XL_CHECK(constraints.result());
  return [request, arn, keys](cloud::Registry& registry) -> Outcome {
    XL_CHECK(check_resource(registry, request, arn));
    for (const std::string& key : keys) XL_CHECK(registry.tags().remove(arn, key));
    return Reply{};
  };
}

/// At most 50, so one page.
Outcome list_tags_for_resource(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string arn = constraints.required_query_text(request, "resourceArn", rules::kAnyText);
  XL_CHECK(constraints.result());
  XL_CHECK(check_resource(registry, request, arn));
  XL_TRY(const auto tags, registry.tags().of(arn));
  boost::json::array items;
  for (const auto& [key, value] : tags) items.push_back(Reply{{"Key", key}, {"Value", value}});
  return Reply{{"tags", std::move(items)}};
}

}  // namespace xl::api
