// SPDX-License-Identifier: Apache-2.0
// What the operations on things, thing types and thing groups share.
#pragma once
#include "api/constraints.hpp"
#include "api/reply.hpp"
#include "cloud/model/thing.hpp"

namespace xl::api {

/// The member attributePayload. source: AWS IoT API Reference, AttributePayload
struct AttributePayload {
  cloud::Attributes attributes;
  bool merge = false;
};
std::optional<AttributePayload> attribute_payload(Constraints& constraints, const boost::json::object& parent);

/// merge adds to what is there, otherwise it is replaced; an attribute whose new value is empty goes away.
cloud::Attributes applied(const AttributePayload& payload, const cloud::Attributes& before);

Reply attributes_json(const cloud::Attributes& attributes);

/// errors: VersionConflictException; no expectation: any version will do
tl::expected<void, Fault> check_version(const std::optional<std::int64_t>& expected, std::int64_t actual,
                                        const std::string& what);

/// Already there, and not as asked for.
Fault differs(const Request& request, const std::string& kind, const std::string& name, const std::string& what);

}  // namespace xl::api
