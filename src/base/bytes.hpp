// SPDX-License-Identifier: Apache-2.0
// Byte views shared by every room, the portable ones included (no heap here).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace xl {

using Byte = std::uint8_t;
using ByteView = std::span<const Byte>;
using ByteSpan = std::span<Byte>;

inline ByteView as_bytes(std::string_view text) { return {reinterpret_cast<const Byte*>(text.data()), text.size()}; }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace xl
