// SPDX-License-Identifier: Apache-2.0
#include "cloud/rules/account_rules.hpp"

#include <algorithm>

namespace xl::cloud::rules {
namespace {

using limits::AccountLimits;
using limits::Limit;

tl::unexpected<Error> refuse(std::string detail) { return fail(Error::forbidden(std::move(detail))); }

std::string most(const AccountLimits& limits, Limit limit) { return std::to_string(limits[limit]); }

Status check_attributes(const AccountLimits& limits, const Attributes& attributes, Limit count,
                        const std::string& owner) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : attributes) bytes += name.size() + value.size();
  if (!limits.allow(count, attributes.size()))
    return refuse("The " + owner + " may have at most " + most(limits, count) + " attributes.");
  if (!limits.allow(Limit::attribute_bytes, bytes)) {
    return refuse("The attributes of the " + owner + " are longer than " + most(limits, Limit::attribute_bytes) +
                  " bytes together.");
  }
  return {};
}

Status check_policies(const AccountLimits& limits, const std::vector<Policy>& attached, std::string_view policy,
                      Limit limit, const std::string& owner) {
  if (std::ranges::find(attached, policy, &Policy::name) != attached.end()) return {};
  if (limits.allow(limit, attached.size() + 1)) return {};
  return refuse(owner + " already has " + most(limits, limit) + " policies, the most it may have.");
}

Result<std::string> root_of(const Registry& registry, std::string_view account_id, std::string_view group) {
  XL_TRY(const auto line, registry.thing_groups().ancestors(account_id, group));
  return line.empty() ? std::string(group) : line.back().name;
}

}  // namespace

Status check_attributes(const Registry& registry, const Thing& thing) {
  if (thing.attributes.empty()) return {};
  XL_TRY(const AccountLimits limits, registry.accounts().limits(thing.account_id));
  const Limit count = thing.type_name ? Limit::attributes_per_typed_thing : Limit::attributes_per_thing;
  return check_attributes(limits, thing.attributes, count, "thing " + thing.name);
}

Status check_attributes(const Registry& registry, const ThingGroup& group) {
  if (group.attributes.empty()) return {};
  XL_TRY(const AccountLimits limits, registry.accounts().limits(group.account_id));
  return check_attributes(limits, group.attributes, Limit::attributes_per_group, "thing group " + group.name);
}

Status check_attachment(const Registry& registry, std::string_view account_id, std::string_view policy,
                        std::string_view certificate_id) {
  XL_TRY(const auto attached, registry.policies().attached_to(account_id, certificate_id));
  if (attached.empty()) return {};
  XL_TRY(const AccountLimits limits, registry.accounts().limits(account_id));
  return check_policies(limits, attached, policy, Limit::policies_per_certificate, "The principal");
}

Status check_group_attachment(const Registry& registry, std::string_view account_id, std::string_view policy,
                              std::string_view group) {
  XL_TRY(const auto attached, registry.policies().attached_to_group(account_id, group));
  XL_TRY(const AccountLimits limits, registry.accounts().limits(account_id));
  return check_policies(limits, attached, policy, Limit::policies_per_group, "The thing group");
}

Status check_policy_length(const Registry& registry, std::string_view account_id, std::string_view document) {
  const auto is_white = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  const auto white = static_cast<std::size_t>(std::ranges::count_if(document, is_white));
  XL_TRY(const AccountLimits limits, registry.accounts().limits(account_id));
  if (limits.allow(Limit::policy_characters, document.size() - white)) return {};
  return refuse("The policy is longer than " + most(limits, Limit::policy_characters) +
                " characters without white space.");
}

Status check_membership(const Registry& registry, std::string_view account_id, std::string_view group,
                        std::string_view thing) {
  XL_TRY(const auto groups, registry.thing_groups().groups_of(account_id, thing));
  if (groups.empty() || std::ranges::find(groups, group) != groups.end()) return {};
  XL_TRY(const AccountLimits limits, registry.accounts().limits(account_id));
  if (!limits.allow(Limit::groups_per_thing, groups.size() + 1)) {
    return refuse("The thing " + std::string(thing) + " is in " + std::to_string(groups.size()) +
                  " thing groups, the most it may be in.");
  }
  XL_TRY(const std::string root, root_of(registry, account_id, group));
  for (const std::string& other : groups) {
    XL_TRY(const std::string other_root, root_of(registry, account_id, other));
    if (other_root != root) continue;
    return refuse("The thing " + std::string(thing) + " is in the thing group " + other +
                  " of the same hierarchy already.");
  }
  return {};
}

Status check_place(const Registry& registry, const ThingGroup& group) {
  if (!group.parent) return {};
  XL_TRY(const AccountLimits limits, registry.accounts().limits(group.account_id));
  XL_TRY(const auto above, registry.thing_groups().ancestors(group.account_id, *group.parent));
  if (!limits.allow(Limit::group_depth, above.size() + 2))
    return refuse("Thing groups may be nested at most " + most(limits, Limit::group_depth) + " deep.");
  const std::size_t children_max = limits[Limit::children_per_group];
  if (children_max == 0) return {};
  XL_TRY(const auto siblings, registry.thing_groups().children(group.account_id, *group.parent, false,
                                                               {.after = "", .limit = children_max}));
  if (siblings.items.size() < children_max) return {};
  return refuse("The thing group " + *group.parent + " already has " + std::to_string(siblings.items.size()) +
                " child groups, the most it may have.");
}

Status check_subject(const Registry& registry, std::string_view account_id, std::string_view subject_der) {
  XL_TRY(const AccountLimits limits, registry.accounts().limits(account_id));
  XL_TRY(const auto others, registry.ca_certificates().find_by_subject(account_id, subject_der));
  if (limits.allow(Limit::cas_per_subject, others.size() + 1)) return {};
  return refuse("The account has " + std::to_string(others.size()) +
                " CA certificates with this subject, the most it may have.");
}

}  // namespace xl::cloud::rules
