// SPDX-License-Identifier: Apache-2.0
// Private to policy/: IP addresses and CIDR ranges as text.
#pragma once
#include <string>

namespace xl::cloud::policy {

/// "192.0.2.7", "192.0.2.0/24", "2001:db8::/32"
bool is_range(const std::string& text);
/// False too when either text is malformed or the families differ.
bool is_in_range(const std::string& address, const std::string& range);

}  // namespace xl::cloud::policy
