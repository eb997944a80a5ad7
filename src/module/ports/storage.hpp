// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::module::ports {

/// Non-volatile memory for the persistent keys of table 2. A value is always the old one or the new one, whatever kills
/// the power when; a write that returned true survives it.
class Storage {
 public:
  /// Copies the value of `key` into `out`; its size, or nullopt when the key was never written (factory value applies).
  /// A value longer than `out`, or one that fails its integrity check, counts as never written.
  virtual std::optional<std::size_t> read(std::string_view key, ByteSpan out) = 0;
  /// false: not stored, the old value stands.
  [[nodiscard]] virtual bool write(std::string_view key, ByteView value) = 0;
  /// Back to "never written". Erasing an absent key succeeds.
  [[nodiscard]] virtual bool erase(std::string_view key) = 0;

 protected:
  ~Storage() = default;
};

}  // namespace xl::module::ports
