// SPDX-License-Identifier: Apache-2.0
// The functions of provisioning templates: Ref, Fn::Join, Fn::Select, Fn::Split, Fn::Sub, Fn::FindInMap.
#pragma once
#include <boost/json/fwd.hpp>
#include <map>
#include <string>

#include "base/result.hpp"

namespace xl::cloud::provisioning {

using Parameters = std::map<std::string, std::string>;

inline constexpr const char* kPlaceholder = "placeholder";

struct Scope {
  Parameters parameters;
  const boost::json::object* mappings = nullptr;  ///< may be null
  /// The parameters hold kPlaceholder: a list or map that depends on them is not judged yet.
  bool checking = false;
};

/// The text that a property's value comes to. errors: invalid_argument (unknown reference or function, wrong arguments,
/// a text that grows over 32 KiB)
Result<std::string> evaluate_text(const boost::json::value& value, const Scope& scope);

/// A JSON value with every function in it replaced by its text, at any depth.
Result<boost::json::value> evaluate_tree(const boost::json::value& value, const Scope& scope);

bool is_function(const boost::json::value& value);  ///< {"Ref": …} or {"Fn::…": …}

}  // namespace xl::cloud::provisioning
