// SPDX-License-Identifier: Apache-2.0
// Text encodings used on the wire and in names. Not for the portable rooms (allocates).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace xl {

std::string hex_encode(ByteView bytes);                        ///< lower case
std::optional<std::string> hex_decode(std::string_view text);  ///< either case; odd length or other characters: nullopt
std::string base64_encode(ByteView bytes);                     ///< RFC 4648 section 4, padded
std::optional<std::string> base64_decode(std::string_view text);
std::string base32_encode(
    ByteView bytes);  ///< RFC 4648 section 6, without padding: letters that a QR code holds densely
std::optional<std::string> base32_decode(std::string_view text);                ///< either case, no padding
std::string percent_encode(std::string_view text, std::string_view keep = "");  ///< RFC 3986 unreserved and `keep` stay
std::optional<std::string> percent_decode(std::string_view text);            ///< `+` is left alone; bad escape: nullopt
std::vector<std::string_view> split(std::string_view text, char separator);  ///< "a,,b" has three parts; "" has one
std::string_view trim(std::string_view text);                                ///< spaces, tabs, CR, LF
bool equals_ignoring_case(std::string_view a, std::string_view b);           ///< ASCII
std::string to_lower(std::string_view text);                                 ///< ASCII

}  // namespace xl
