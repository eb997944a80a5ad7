// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace xl::net {

/// Numeric addresses of a host, in the order to try. `localhost` and every name below it are loopback without asking
/// anybody (RFC 6761 6.3). Blocking. errors: unavailable (the name does not resolve)
Result<std::vector<std::string>> resolve(std::string_view host);

}  // namespace xl::net
