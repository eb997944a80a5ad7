// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace xl::at {

inline constexpr std::size_t kCommandBytesMax =
    9 * 1024;                                       ///< after `AT+`, before EOL, still escaped. source: guide 4.4.1
inline constexpr std::size_t kCommandWordMax = 32;  ///< source: guide 4.4.2
inline constexpr unsigned kSuffixMax = 65535;  ///< larger suffixes read as this one; every command's range ends below

}  // namespace xl::at
