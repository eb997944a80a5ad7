// SPDX-License-Identifier: Apache-2.0
// The module's unique ID: the X.509 serial number and the ThingName are one value. source: guide 11.1.3
#pragma once
#include <array>
#include <string>

#include "base/bytes.hpp"

namespace xl::pki {

/// 20 octets, the first 0x40 to 0x7F (158 random bits; positive, no leading zero: RFC 5280 4.1.2.2).
using Uid = std::array<Byte, 20>;

Uid random_uid();
std::string thing_name_of(const Uid& uid);  ///< 40 lower-case hex digits

}  // namespace xl::pki
