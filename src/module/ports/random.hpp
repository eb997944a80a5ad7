// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace xl::module::ports {

class Random {
 public:
  /// Uniform over all values; good enough for jitter, not for keys.
  virtual std::uint32_t next() = 0;

 protected:
  ~Random() = default;
};

}  // namespace xl::module::ports
