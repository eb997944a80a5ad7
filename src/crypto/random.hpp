// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/bytes.hpp"

namespace xl::crypto {

void random_bytes(ByteSpan out);  ///< from OpenSSL's CSPRNG; aborts the process if it fails (nothing is safe then)
std::string random_hex(std::size_t bytes);  ///< 2 * bytes lower-case digits
std::string random_uuid();                  ///< version 4, lower case, dashed

}  // namespace xl::crypto
