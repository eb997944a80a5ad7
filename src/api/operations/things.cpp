// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

Reply attributes_of(const cloud::Thing& thing) {
  Reply attributes;
  for (const auto& [name, value] : thing.attributes) attributes[name] = value;
  return attributes;
}

struct Filter {
  std::optional<std::string> attribute_name;
  std::optional<std::string> attribute_value;
  std::optional<std::string> type_name;
  bool by_prefix = false;

  bool keeps(const cloud::Thing& thing) const {
    if (type_name) return false;  // no thing has a type here
    if (!attribute_name) return true;
    const auto found = thing.attributes.find(*attribute_name);
    if (found == thing.attributes.end()) return false;
    if (!attribute_value) return true;
    return by_prefix ? found->second.starts_with(*attribute_value) : found->second == *attribute_value;
  }
};

tl::expected<Filter, Fault> filter_of(const Request& request) {
  Constraints constraints;
  Filter filter;
  filter.attribute_name = constraints.query_text(request, "attributeName", rules::kAttributeName);
  filter.attribute_value = constraints.query_text(request, "attributeValue", rules::kAttributeValue);
  filter.type_name = constraints.query_text(request, "thingTypeName", rules::kThingName);
  filter.by_prefix = constraints.query_flag(request, "usePrefixAttributeValue").value_or(false);
  XL_CHECK(constraints.result());
  return filter;
}

}  // namespace

Outcome list_things(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const auto page, page_request(request, kTokens));
  XL_TRY(const Filter filter, filter_of(request));
  std::string last;
  XL_TRY(const auto found, filtered<cloud::Thing>(
                               page, [&](const auto& p) { return registry.things().list(request.account.id, p); },
                               [&](const auto& thing) { return filter.keeps(thing); },
                               [](const auto& thing) { return thing.name; }, last));
  boost::json::array things;
  for (const auto& thing : found.items) {
    things.push_back(Reply{{"thingName", thing.name},
                           {"thingArn", request.arn("thing/" + thing.name)},
                           {"attributes", attributes_of(thing)},
                           {"version", thing.version}});
  }
  Reply reply{{"things", std::move(things)}};
  if (found.more) add_next(reply, kTokens, last);
  return reply;
}

Outcome describe_thing(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto thing, registry.things().find(request.account.id, name));
  return Reply{{"defaultClientId", thing.name},
               {"thingName", thing.name},
               {"thingId", thing.id},
               {"thingArn", request.arn("thing/" + thing.name)},
               {"attributes", attributes_of(thing)},
               {"version", thing.version}};
}

Outcome list_thing_principals(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto page, page_request(request, kTokens));
  XL_TRY(const auto thing, registry.things().find(request.account.id, name));
  XL_TRY(auto ids, registry.things().principals_of(request.account.id, thing.name));
  std::ranges::sort(ids);
  auto next = std::ranges::upper_bound(ids, page.after);
  boost::json::array principals;
  std::string last;
  for (; next != ids.end() && principals.size() < page.limit; ++next) {
    principals.push_back(boost::json::string(request.arn("cert/" + *next)));
    last = *next;
  }
  Reply reply{{"principals", std::move(principals)}};
  if (next != ids.end()) add_next(reply, kTokens, last);
  return reply;
}

}  // namespace xl::api
