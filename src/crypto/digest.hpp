// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::crypto {

using Sha256 = std::array<Byte, 32>;

Sha256 sha256(ByteView data);
std::string sha256_hex(std::string_view data);  ///< 64 lower-case hex digits
/// For the WebSocket handshake alone (RFC 6455 4.2.2), which protects nothing with it.
std::array<Byte, 20> sha1(ByteView data);
Sha256 hmac_sha256(ByteView key, ByteView data);
/// Comparison whose time does not depend on where the texts differ (their lengths may leak).
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace xl::crypto
