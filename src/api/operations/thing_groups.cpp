// SPDX-License-Identifier: Apache-2.0
// Static thing groups. source: AWS IoT API Reference, CreateThingGroup and its family
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/tag_forms.hpp"
#include "api/operations/thing_forms.hpp"
#include "api/paging.hpp"
#include "cloud/rules/account_rules.hpp"
#include "crypto/random.hpp"

namespace xl::api {
namespace {

using cloud::ThingGroup;

struct Properties {
  std::optional<std::string> description;
  std::optional<AttributePayload> attributes;
};

Properties properties_of(Constraints& constraints, const boost::json::object& object) {
  return {constraints.text(object, "thingGroupDescription", rules::kDescription),
          attribute_payload(constraints, object)};
}

void apply(const Properties& properties, ThingGroup& group) {
  if (properties.description) group.description = *properties.description;
  if (properties.attributes) group.attributes = applied(*properties.attributes, group.attributes);
}

tl::expected<std::string, Fault> group_name(const Request& request) {
  Constraints constraints;
  std::string name = constraints.label(request, "thingGroupName", rules::kThingName);
  XL_CHECK(constraints.result());
  return name;
}

Reply name_and_arn(const Request& request, const ThingGroup& group) {
  return {{"groupName", group.name}, {"groupArn", request.arn("thinggroup/" + group.name)}};
}

Outcome create_in(cloud::Registry& registry, const Request& request, ThingGroup group, const TagMap& tags) {
  const auto there = registry.thing_groups().find(group.account_id, group.name);
  const bool same = there && there->parent == group.parent && there->description == group.description &&
                    there->attributes == group.attributes;
  if (there && !same) return fail(differs(request, "thinggroup/", group.name, "Thing group"));
  if (there) group.id = there->id;
  if (!there) {
    XL_CHECK(within(cloud::rules::check_place(registry, group), exceptions::kInvalidRequest));
    XL_CHECK(within(cloud::rules::check_attributes(registry, group), exceptions::kInvalidRequest));
    XL_CHECK(registry.thing_groups().insert(group));
  }
  XL_CHECK(put_tags(registry, group.account_id, request.arn("thinggroup/" + group.name), tags));
  return Reply{{"thingGroupName", group.name},
               {"thingGroupArn", request.arn("thinggroup/" + group.name)},
               {"thingGroupId", group.id}};
}

Outcome delete_in(cloud::Registry& registry, const Request& request, const std::string& name,
                  const std::optional<std::int64_t>& expected) {
  const std::string& account = request.account.id;
  const auto group = registry.thing_groups().find(account, name);
  if (!group && group.error().code == Errc::not_found) return Reply{};
  XL_CHECK(group);
  XL_CHECK(check_version(expected, group->version, "thing group " + name));
  XL_TRY(const auto children, registry.thing_groups().children(account, name, false, in_the_way()));
  if (!children.items.empty()) {
    return fail(exceptions::kInvalidRequest,
                "Cannot delete thing group : " + name + " when there are still child groups attached to it. Delete " +
                    named(names_of(children.items, &ThingGroup::name), children.more) + " first.");
  }
  XL_CHECK(registry.thing_groups().remove(account, name));
  XL_CHECK(registry.tags().remove_all(request.arn("thinggroup/" + name)));
  return Reply{};
}

Reply metadata_of(const Request& request, const ThingGroup& group, const std::vector<ThingGroup>& ancestors) {
  Reply metadata{{"creationDate", timestamp(group.created)}};
  if (group.parent) metadata["parentGroupName"] = *group.parent;
  boost::json::array line;
  for (auto above = ancestors.rbegin(); above != ancestors.rend(); ++above)
    line.push_back(name_and_arn(request, *above));
  if (!line.empty()) metadata["rootToParentThingGroups"] = std::move(line);
  return metadata;
}

}  // namespace

tl::expected<Change, Fault> create_thing_group(const Request& request, const Site&) {
  Constraints constraints;
  ThingGroup group;
  group.account_id = request.account.id;
  group.name = constraints.label(request, "thingGroupName", rules::kThingName);
  group.id = crypto::random_uuid();
  group.parent = constraints.text(request.body, "parentGroupName", rules::kThingName);
  group.created = request.now;
  const auto properties = constraints.object(request.body, "thingGroupProperties");
  apply(properties_of(constraints, properties.value_or(boost::json::object())), group);
  const TagMap tags = tags_of(constraints, request.body);
  XL_CHECK(constraints.result());
  return [request, group, tags](cloud::Registry& registry) { return create_in(registry, request, group, tags); };
}

Outcome describe_thing_group(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const std::string name, group_name(request));
  XL_TRY(const auto group, registry.thing_groups().find(request.account.id, name));
  XL_TRY(const auto ancestors, registry.thing_groups().ancestors(request.account.id, name));
  Reply properties{{"attributePayload", Reply{{"attributes", attributes_json(group.attributes)}}}};
  if (!group.description.empty()) properties["thingGroupDescription"] = group.description;
  return Reply{{"thingGroupName", group.name},
               {"thingGroupId", group.id},
               {"thingGroupArn", request.arn("thinggroup/" + group.name)},
               {"version", group.version},
               {"thingGroupProperties", std::move(properties)},
               {"thingGroupMetadata", metadata_of(request, group, ancestors)}};
}

tl::expected<Change, Fault> update_thing_group(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingGroupName", rules::kThingName);
  const Properties properties =
      properties_of(constraints, constraints.required_object(request.body, "thingGroupProperties"));
  const auto expected = constraints.number(request.body, "expectedVersion");
  XL_CHECK(constraints.result());
  return [account = request.account.id, name, properties, expected](cloud::Registry& registry) -> Outcome {
    XL_TRY(ThingGroup group, registry.thing_groups().find(account, name));
    XL_CHECK(check_version(expected, group.version, "thing group " + name));
    apply(properties, group);
    XL_CHECK(within(cloud::rules::check_attributes(registry, group), exceptions::kInvalidRequest));
    XL_CHECK(registry.thing_groups().update(group));
    return Reply{{"version", group.version + 1}};
  };
}

tl::expected<Change, Fault> delete_thing_group(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingGroupName", rules::kThingName);
  const auto expected = constraints.query_integer(request, "expectedVersion");
  XL_CHECK(constraints.result());
  return [request, name, expected](cloud::Registry& registry) { return delete_in(registry, request, name, expected); };
}

/// Without a parent: every group, or with recursive=false those at the top.
Outcome list_thing_groups(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = page_request(constraints, request, kTokens);
  const auto parent = constraints.query_text(request, "parentGroup", rules::kThingName);
  const auto prefix = constraints.query_text(request, "namePrefixFilter", rules::kThingName);
  const bool recursive = constraints.query_flag(request, "recursive").value_or(true);
  XL_CHECK(constraints.result());
  if (parent) XL_CHECK(registry.thing_groups().find(request.account.id, *parent));
  const auto list = [&](const cloud::PageRequest& p) {
    return parent ? registry.thing_groups().children(request.account.id, *parent, recursive, p)
                  : registry.thing_groups().list(request.account.id, p);
  };
  const auto keep = [&](const ThingGroup& group) {
    return (!prefix || group.name.starts_with(*prefix)) && (parent || recursive || !group.parent);
  };
  std::string last;
  XL_TRY(const auto found, filtered<ThingGroup>(page, list, keep, &ThingGroup::name, last));
  return listing("thingGroups", kTokens, found, [&](const auto& group) { return name_and_arn(request, group); }, last);
}

}  // namespace xl::api
