// SPDX-License-Identifier: Apache-2.0
#include "api/operations/thing_forms.hpp"

namespace xl::api {

std::optional<AttributePayload> attribute_payload(Constraints& constraints, const boost::json::object& parent) {
  const auto object = constraints.object(parent, "attributePayload");
  if (!object) return std::nullopt;
  AttributePayload payload;
  payload.attributes = constraints.text_map(*object, "attributes", rules::kAttributeName, rules::kAttributeValue)
                           .value_or(cloud::Attributes());
  payload.merge = constraints.flag(*object, "merge").value_or(false);
  return payload;
}

cloud::Attributes applied(const AttributePayload& payload, const cloud::Attributes& before) {
  cloud::Attributes after = payload.merge ? before : cloud::Attributes();
  for (const auto& [name, value] : payload.attributes) {
    if (value.empty()) {
      after.erase(name);
    } else {
      after[name] = value;
    }
  }
  return after;
}

Reply attributes_json(const cloud::Attributes& attributes) {
  Reply reply;
  for (const auto& [name, value] : attributes) reply[name] = value;
  return reply;
}

tl::expected<void, Fault> check_version(const std::optional<std::int64_t>& expected, std::int64_t actual,
                                        const std::string& what) {
  if (!expected || *expected == actual) return {};
  return fail(exceptions::kVersionConflict, "The version for " + what + " does not match the expected version.");
}

Fault differs(const Request& request, const std::string& kind, const std::string& name, const std::string& what) {
  return {exceptions::kResourceAlreadyExists,
          what + " " + name + " already exists in account with different properties.",
          {{"resourceId", name}, {"resourceArn", request.arn(kind + name)}}};
}

}  // namespace xl::api
