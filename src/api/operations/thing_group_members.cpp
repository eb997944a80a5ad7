// SPDX-License-Identifier: Apache-2.0
// Which things are in which groups. source: AWS IoT API Reference, AddThingToThingGroup and its family
#include "api/operations/handlers.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/thing_forms.hpp"
#include "api/paging.hpp"
#include "cloud/rules/account_rules.hpp"

namespace xl::api {
namespace {

/// A name, or an ARN of this account that ends with one.
std::string named(Constraints& constraints, const Request& request, const std::string& what, const std::string& kind) {
  const auto name = constraints.text(request.body, what + "Name", rules::kThingName);
  const auto arn = constraints.text(request.body, what + "Arn", rules::kAnyText);
  if (name) return *name;
  const std::string prefix = request.arn(kind);
  if (arn && arn->starts_with(prefix)) return arn->substr(prefix.size());
  if (arn) constraints.broken(what + "Arn", *arn, "Member must begin with " + prefix);
  if (!arn) constraints.broken(what + "Name", std::nullopt, "One of " + what + "Name and " + what + "Arn is needed");
  return {};
}

/// Static groups have no dynamic ones to give way to, so the answer is of no use; it must be one all the same.
void judge_override(Constraints& constraints, const Request& request) {
  (void)constraints.flag(request.body, "overrideDynamicGroups");
}

tl::expected<void, Fault> add(cloud::Registry& registry, const std::string& account, const std::string& group,
                              const std::string& thing) {
  XL_CHECK(registry.thing_groups().find(account, group));
  XL_CHECK(within(cloud::rules::check_membership(registry, account, group, thing), exceptions::kInvalidRequest));
  XL_CHECK(registry.thing_groups().add_member(account, group, thing));
  return {};
}

tl::expected<void, Fault> remove(cloud::Registry& registry, const std::string& account, const std::string& group,
                                 const std::string& thing) {
  XL_CHECK(registry.thing_groups().find(account, group));
  XL_CHECK(registry.thing_groups().remove_member(account, group, thing));
  return {};
}

using Step = decltype(&add);

tl::expected<Change, Fault> one_step(const Request& request, Step step) {
  Constraints constraints;
  const std::string thing = named(constraints, request, "thing", "thing/");
  const std::string group = named(constraints, request, "thingGroup", "thinggroup/");
  judge_override(constraints, request);
  XL_CHECK(constraints.result());
  return [account = request.account.id, thing, group, step](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.things().find(account, thing));
    XL_CHECK(step(registry, account, group, thing));
    return Reply{};
  };
}

}  // namespace

tl::expected<Change, Fault> add_thing_to_thing_group(const Request& request, const Site&) {
  return one_step(request, &add);
}

tl::expected<Change, Fault> remove_thing_from_thing_group(const Request& request, const Site&) {
  return one_step(request, &remove);
}

tl::expected<Change, Fault> update_thing_groups_for_thing(const Request& request, const Site&) {
  using Names = std::vector<std::string>;
  Constraints constraints;
  const std::string thing = constraints.required_text(request.body, "thingName", rules::kThingName);
  const Names added = constraints.texts(request.body, "thingGroupsToAdd", rules::kThingName).value_or(Names());
  const Names removed = constraints.texts(request.body, "thingGroupsToRemove", rules::kThingName).value_or(Names());
  judge_override(constraints, request);
  XL_CHECK(constraints.result());
  return [account = request.account.id, thing, added, removed](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.things().find(account, thing));
    for (const std::string& group : removed) XL_CHECK(remove(registry, account, group, thing));
    for (const std::string& group : added) XL_CHECK(add(registry, account, group, thing));
    return Reply{};
  };
}

Outcome list_things_in_thing_group(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = page_request(constraints, request, kTokens);
  const std::string group = constraints.label(request, "thingGroupName", rules::kThingName);
  const bool recursive = constraints.query_flag(request, "recursive").value_or(false);
  XL_CHECK(constraints.result());
  XL_CHECK(registry.thing_groups().find(request.account.id, group));
  XL_TRY(const auto found, registry.thing_groups().members(request.account.id, group, recursive, page));
  return listing("things", kTokens, found, [](const auto& name) { return boost::json::string(name); }, std::identity());
}

Outcome list_thing_groups_for_thing(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = page_request(constraints, request, kTokens);
  const std::string thing = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  XL_CHECK(registry.things().find(request.account.id, thing));
  XL_TRY(auto groups, registry.thing_groups().groups_of(request.account.id, thing));
  return listing(
      "thingGroups", kTokens, page_within(std::move(groups), page, std::identity()),
      [&](const auto& name) { return Reply{{"groupName", name}, {"groupArn", request.arn("thinggroup/" + name)}}; },
      std::identity());
}

}  // namespace xl::api
