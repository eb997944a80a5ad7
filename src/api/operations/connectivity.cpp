// SPDX-License-Identifier: Apache-2.0
// Whether a thing is connected, and since when. source: AWS IoT API Reference, GetThingConnectivityData
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"

namespace xl::api {

/// Of the client that is called as the thing. When one that is gone has left is not kept here; AWS too forgets it.
Outcome get_thing_connectivity_data(const Request& request, const cloud::Registry& registry, const Site& site) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  XL_CHECK(registry.things().find(request.account.id, name));
  const cloud::Presence* presence = site.options.presence;
  const auto since = presence != nullptr ? presence->connected_since(request.account.id, name) : std::nullopt;
  Reply reply{{"thingName", name}, {"connected", since.has_value()}, {"disconnectReason", since ? "NONE" : "UNKNOWN"}};
  if (since) reply["timestamp"] = timestamp(*since);
  return reply;
}

}  // namespace xl::api
