// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::crypto {

void random_bytes(ByteSpan out);  ///< from OpenSSL's CSPRNG; aborts the process if it fails (nothing is safe then)
std::string random_hex(std::size_t bytes);  ///< 2 * bytes lower-case digits
/// Characters drawn evenly from `alphabet` (at most 256 of them).
std::string random_text(std::string_view alphabet, std::size_t length);
std::string random_uuid();  ///< version 4, lower case, dashed

}  // namespace xl::crypto
