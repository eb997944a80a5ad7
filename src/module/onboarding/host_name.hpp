// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::module::onboarding {

/// A DNS host name that fits the key Endpoint: letters, digits and inner hyphens in labels of 1 to 63, at most 128
/// bytes, no scheme, port or path, not an address. source: RFC 1123 2.1, guide table 2
bool is_host_name(std::string_view text);

/// DNS names do not distinguish case (RFC 4343).
bool is_same_host(std::string_view a, std::string_view b);

}  // namespace xl::module::onboarding
