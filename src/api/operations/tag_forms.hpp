// SPDX-License-Identifier: Apache-2.0
// The member `tags` of the operations that create something.
#pragma once
#include <map>
#include <string>

#include "api/constraints.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::api {

using TagMap = std::map<std::string, std::string>;

TagMap tags_of(Constraints& constraints, const boost::json::object& body);
/// errors: LimitExceededException (more than 50 on one resource)
tl::expected<void, Fault> put_tags(cloud::Registry& registry, const std::string& account, const std::string& arn,
                                   const TagMap& tags);

}  // namespace xl::api
