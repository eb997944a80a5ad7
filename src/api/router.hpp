// SPDX-License-Identifier: Apache-2.0
// Raw path to operation. The path is split at "/" before it is decoded, so that %2F stays inside its segment.
#pragma once
#include <optional>
#include <string_view>

#include "api/operation.hpp"

namespace xl::api {

/// The labels' values when `raw_path` has the form of `pattern`; nullopt: it has not, or an escape is broken.
std::optional<Parameters> match_path(std::string_view pattern, std::string_view raw_path);

struct Route {
  const Operation* operation;
  Parameters labels;
};
/// errors: NotImplementedException (AWS has it, we do not), MethodNotAllowedException, UnknownOperationException
tl::expected<Route, Fault> find_route(std::string_view method, std::string_view raw_path);

}  // namespace xl::api
