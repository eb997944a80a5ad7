// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace xl::quickconnect {

/// The serial line to the module, as bytes.
class Port {
 public:
  virtual ~Port() = default;
  /// Bytes received, as soon as there are some; 0 when `timeout` has passed without any.
  /// errors: io (the device went away), conflict (the person wants to end)
  virtual Result<std::size_t> read(std::span<char> out, std::chrono::milliseconds timeout) = 0;
  /// All of `bytes`, or an error. errors: as read
  virtual Status write(std::string_view bytes) = 0;
};

}  // namespace xl::quickconnect
