// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT API Reference, CreateThing and its family
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/thing_forms.hpp"
#include "api/paging.hpp"
#include "cloud/rules/account_rules.hpp"
#include "crypto/random.hpp"

namespace xl::api {
namespace {

struct Filter {
  std::optional<std::string> attribute_name;
  std::optional<std::string> attribute_value;
  std::optional<std::string> type_name;
  bool by_prefix = false;

  bool keeps(const cloud::Thing& thing) const {
    if (type_name && thing.type_name != type_name) return false;
    if (!attribute_name) return true;
    const auto found = thing.attributes.find(*attribute_name);
    if (found == thing.attributes.end()) return false;
    if (!attribute_value) return true;
    return by_prefix ? found->second.starts_with(*attribute_value) : found->second == *attribute_value;
  }
};

Filter filter_of(Constraints& constraints, const Request& request) {
  Filter filter;
  filter.attribute_name = constraints.query_text(request, "attributeName", rules::kAttributeName);
  filter.attribute_value = constraints.query_text(request, "attributeValue", rules::kAttributeValue);
  filter.type_name = constraints.query_text(request, "thingTypeName", rules::kThingName);
  filter.by_prefix = constraints.query_flag(request, "usePrefixAttributeValue").value_or(false);
  return filter;
}

tl::expected<void, Fault> check_type(const cloud::Registry& registry, const cloud::Thing& thing,
                                     const std::string& refusal) {
  if (!thing.type_name) return {};
  XL_TRY(const auto type, registry.thing_types().find(thing.account_id, *thing.type_name));
  if (type.deprecated) return fail(exceptions::kInvalidRequest, refusal + type.name);
  return {};
}

Reply made(const Request& request, const cloud::Thing& thing) {
  return {{"thingName", thing.name}, {"thingArn", request.arn("thing/" + thing.name)}, {"thingId", thing.id}};
}

Outcome create_in(cloud::Registry& registry, const Request& request, const cloud::Thing& thing) {
  const auto there = registry.things().find(thing.account_id, thing.name);
  if (there && there->attributes == thing.attributes && there->type_name == thing.type_name)
    return made(request, *there);
  if (there) return fail(differs(request, "thing/", thing.name, "Thing"));
  // The spelling is AWS's.
  XL_CHECK(check_type(registry, thing, "Can not create new thing with depreated thing type:"));
  XL_CHECK(within(cloud::rules::check_attributes(registry, thing), exceptions::kInvalidRequest));
  XL_CHECK(registry.things().insert(thing));
  return made(request, thing);
}

struct Update {
  std::optional<AttributePayload> attributes;
  std::optional<std::string> type_name;
  bool remove_type = false;
  std::optional<std::int64_t> expected_version;
};

Outcome update_in(cloud::Registry& registry, const std::string& account, const std::string& name,
                  const Update& update) {
  XL_TRY(cloud::Thing thing, registry.things().find(account, name));
  XL_CHECK(check_version(update.expected_version, thing.version, "thing " + name));
  if (update.attributes) thing.attributes = applied(*update.attributes, thing.attributes);
  if (update.remove_type) thing.type_name = std::nullopt;
  if (update.type_name) {
    thing.type_name = update.type_name;
    XL_CHECK(check_type(registry, thing, "Can not update a thing to use deprecated thing type: "));
  }
  XL_CHECK(within(cloud::rules::check_attributes(registry, thing), exceptions::kInvalidRequest));
  XL_CHECK(registry.things().update(thing));
  return Reply{};
}

Outcome delete_in(cloud::Registry& registry, const Request& request, const std::string& name,
                  const std::optional<std::int64_t>& expected) {
  const std::string& account = request.account.id;
  const auto thing = registry.things().find(account, name);
  if (!thing && thing.error().code == Errc::not_found) return Reply{};
  XL_CHECK(thing);
  XL_CHECK(check_version(expected, thing->version, "thing " + name));
  XL_TRY(const auto links, registry.things().links_of_thing(account, name, in_the_way()));
  if (!links.items.empty()) {
    return fail(exceptions::kInvalidRequest,
                "Cannot delete. Thing " + name + " is still attached to one or more principals: certificate " +
                    named(names_of(links.items, &cloud::ThingPrincipal::certificate_id), links.more) +
                    ". Detach them first (DetachThingPrincipal).");
  }
  XL_CHECK(registry.things().remove(account, name));
  XL_CHECK(registry.viewer_grants().remove(account, name));
  return Reply{};
}

Reply described(const Request& request, const cloud::Thing& thing) {
  Reply reply{{"thingName", thing.name},
              {"thingArn", request.arn("thing/" + thing.name)},
              {"attributes", attributes_json(thing.attributes)},
              {"version", thing.version}};
  if (thing.type_name) reply["thingTypeName"] = *thing.type_name;
  return reply;
}

}  // namespace

tl::expected<Change, Fault> create_thing(const Request& request, const Site&) {
  Constraints constraints;
  cloud::Thing thing;
  thing.account_id = request.account.id;
  thing.name = constraints.label(request, "thingName", rules::kThingName);
  thing.id = crypto::random_uuid();
  thing.type_name = constraints.text(request.body, "thingTypeName", rules::kThingName);
  thing.created = request.now;
  const auto payload = attribute_payload(constraints, request.body);
  const auto billing_group = constraints.text(request.body, "billingGroupName", rules::kThingName);
  XL_CHECK(constraints.result());
  if (billing_group) return fail(exceptions::kInvalidRequest, "There are no billing groups here.");
  if (payload) thing.attributes = applied(*payload, {});
  return [request, thing](cloud::Registry& registry) { return create_in(registry, request, thing); };
}

tl::expected<Change, Fault> update_thing(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  Update update;
  update.attributes = attribute_payload(constraints, request.body);
  update.type_name = constraints.text(request.body, "thingTypeName", rules::kThingName);
  update.remove_type = constraints.flag(request.body, "removeThingType").value_or(false);
  update.expected_version = constraints.number(request.body, "expectedVersion");
  XL_CHECK(constraints.result());
  if (update.type_name && update.remove_type)
    return fail(exceptions::kInvalidRequest, "thingTypeName and removeThingType exclude each other.");
  return [account = request.account.id, name, update](cloud::Registry& registry) {
    return update_in(registry, account, name, update);
  };
}

tl::expected<Change, Fault> delete_thing(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  const auto expected = constraints.query_integer(request, "expectedVersion");
  XL_CHECK(constraints.result());
  return [request, name, expected](cloud::Registry& registry) { return delete_in(registry, request, name, expected); };
}

Outcome list_things(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = page_request(constraints, request, kTokens);
  const Filter filter = filter_of(constraints, request);
  XL_CHECK(constraints.result());
  std::string last;
  XL_TRY(const auto found, filtered<cloud::Thing>(
                               page, [&](const auto& p) { return registry.things().list(request.account.id, p); },
                               [&](const auto& thing) { return filter.keeps(thing); }, &cloud::Thing::name, last));
  return listing("things", kTokens, found, [&](const auto& thing) { return described(request, thing); }, last);
}

Outcome describe_thing(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto thing, registry.things().find(request.account.id, name));
  Reply reply = described(request, thing);
  reply["defaultClientId"] = thing.name;
  reply["thingId"] = thing.id;
  return reply;
}

}  // namespace xl::api
