// SPDX-License-Identifier: Apache-2.0
// `\A` is LF, `\D` is CR, `\\` is the backslash; nothing else is escaped. source: guide 4.3
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::at {

/// Undoes the escapes inside `bytes`, in place; the new size, or nullopt when a backslash is followed by anything else
/// (guide 4.3.2.1; lower case letters included).
std::optional<std::size_t> unescape(ByteSpan bytes);

/// The two characters that stand for `byte`, or an empty view when it needs none.
std::string_view escape_of(Byte byte);

}  // namespace xl::at
