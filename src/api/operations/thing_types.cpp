// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT API Reference, CreateThingType and its family
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/operations/tag_forms.hpp"
#include "api/operations/thing_forms.hpp"
#include "api/paging.hpp"
#include "cloud/model/limits.hpp"
#include "crypto/random.hpp"

namespace xl::api {
namespace {

using cloud::ThingType;

struct Properties {
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> searchable_attributes;
};

Properties properties_of(Constraints& constraints, const Request& request) {
  const auto object = constraints.object(request.body, "thingTypeProperties").value_or(boost::json::object());
  Properties properties{constraints.text(object, "thingTypeDescription", rules::kDescription),
                        constraints.texts(object, "searchableAttributes", rules::kAttributeName)};
  if (properties.searchable_attributes &&
      properties.searchable_attributes->size() > cloud::limits::kSearchableAttributesMax)
    constraints.broken("searchableAttributes", std::nullopt, "Member must have at most 3 entries");
  return properties;
}

void apply(const Properties& properties, ThingType& type) {
  if (properties.description) type.description = *properties.description;
  if (properties.searchable_attributes) type.searchable_attributes = *properties.searchable_attributes;
}

tl::expected<std::string, Fault> type_name(const Request& request) {
  Constraints constraints;
  std::string name = constraints.label(request, "thingTypeName", rules::kThingName);
  XL_CHECK(constraints.result());
  return name;
}

Reply summary(const Request& request, const ThingType& type) {
  Reply properties;
  if (!type.description.empty()) properties["thingTypeDescription"] = type.description;
  boost::json::array searchable;
  for (const std::string& name : type.searchable_attributes) searchable.push_back(boost::json::string(name));
  properties["searchableAttributes"] = std::move(searchable);
  Reply metadata{{"deprecated", type.deprecated.has_value()}, {"creationDate", timestamp(type.created)}};
  if (type.deprecated) metadata["deprecationDate"] = timestamp(*type.deprecated);
  return {{"thingTypeName", type.name},
          {"thingTypeArn", request.arn("thingtype/" + type.name)},
          {"thingTypeProperties", std::move(properties)},
          {"thingTypeMetadata", std::move(metadata)}};
}

Outcome create_in(cloud::Registry& registry, const Request& request, ThingType type, const TagMap& tags) {
  const auto there = registry.thing_types().find(type.account_id, type.name);
  const bool same =
      there && there->description == type.description && there->searchable_attributes == type.searchable_attributes;
  if (there && !same) return fail(differs(request, "thingtype/", type.name, "Thing type"));
  if (there) type.id = there->id;
  if (!there) XL_CHECK(registry.thing_types().insert(type));
  XL_CHECK(put_tags(registry, type.account_id, request.arn("thingtype/" + type.name), tags));
  return Reply{
      {"thingTypeName", type.name}, {"thingTypeArn", request.arn("thingtype/" + type.name)}, {"thingTypeId", type.id}};
}

Outcome delete_in(cloud::Registry& registry, const Request& request, const std::string& name) {
  XL_TRY(const auto type, registry.thing_types().find(request.account.id, name));
  if (!type.deprecated) {
    return fail(exceptions::kInvalidRequest,
                "Can not delete the thing type " + name + ": it has to be deprecated first (DeprecateThingType).");
  }
  if (request.now < *type.deprecated + cloud::limits::kTypeDeletedAfterDeprecation) {
    return fail(exceptions::kInvalidRequest,
                "Can not delete the thing type " + name + ": wait for 5 minutes after it was deprecated, until " +
                    iso8601_extended(*type.deprecated + cloud::limits::kTypeDeletedAfterDeprecation) + ".");
  }
  XL_TRY(auto users, registry.thing_types().some_things_of(request.account.id, name, kInTheWayMax + 1));
  if (!users.empty()) {
    const bool more = users.size() > kInTheWayMax;
    if (more) users.pop_back();
    return fail(exceptions::kInvalidRequest, "Can not delete the thing type " + name +
                                                 ": things still have it: " + named(users, more) +
                                                 ". Take it from them first (UpdateThing with removeThingType).");
  }
  XL_CHECK(registry.thing_types().remove(request.account.id, name));
  XL_CHECK(registry.tags().remove_all(request.arn("thingtype/" + name)));
  return Reply{};
}

}  // namespace

tl::expected<Change, Fault> create_thing_type(const Request& request, const Site&) {
  Constraints constraints;
  ThingType type;
  type.name = constraints.label(request, "thingTypeName", rules::kThingName);
  const Properties properties = properties_of(constraints, request);
  const TagMap tags = tags_of(constraints, request.body);
  XL_CHECK(constraints.result());
  type.account_id = request.account.id;
  type.id = crypto::random_uuid();
  type.created = request.now;
  apply(properties, type);
  return [request, type, tags](cloud::Registry& registry) { return create_in(registry, request, type, tags); };
}

Outcome describe_thing_type(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const std::string name, type_name(request));
  XL_TRY(const auto type, registry.thing_types().find(request.account.id, name));
  Reply reply = summary(request, type);
  reply["thingTypeId"] = type.id;
  return reply;
}

tl::expected<Change, Fault> update_thing_type(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingTypeName", rules::kThingName);
  const Properties properties = properties_of(constraints, request);
  XL_CHECK(constraints.result());
  return [account = request.account.id, name, properties](cloud::Registry& registry) -> Outcome {
    XL_TRY(ThingType type, registry.thing_types().find(account, name));
    apply(properties, type);
    XL_CHECK(registry.thing_types().update(type));
    return Reply{};
  };
}

tl::expected<Change, Fault> deprecate_thing_type(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingTypeName", rules::kThingName);
  const bool undo = constraints.flag(request.body, "undoDeprecate").value_or(false);
  XL_CHECK(constraints.result());
  return [account = request.account.id, name, undo, now = request.now](cloud::Registry& registry) -> Outcome {
    XL_TRY(ThingType type, registry.thing_types().find(account, name));
    if (undo) type.deprecated = std::nullopt;
    if (!undo && !type.deprecated) type.deprecated = now;
    XL_CHECK(registry.thing_types().update(type));
    return Reply{};
  };
}

tl::expected<Change, Fault> delete_thing_type(const Request& request, const Site&) {
  XL_TRY(const std::string name, type_name(request));
  return [request, name](cloud::Registry& registry) { return delete_in(registry, request, name); };
}

Outcome list_thing_types(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = page_request(constraints, request, kTokens);
  const auto name = constraints.query_text(request, "thingTypeName", rules::kThingName);
  XL_CHECK(constraints.result());
  std::string last;
  XL_TRY(const auto found, filtered<ThingType>(
                               page, [&](const auto& p) { return registry.thing_types().list(request.account.id, p); },
                               [&](const auto& type) { return !name || type.name == *name; }, &ThingType::name, last));
  return listing("thingTypes", kTokens, found, [&](const auto& type) { return summary(request, type); }, last);
}

}  // namespace xl::api
