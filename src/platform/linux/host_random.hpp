// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <random>

#include "module/ports/random.hpp"

namespace xl::platform {

class HostRandom final : public module::ports::Random {
 public:
  std::uint32_t next() override { return static_cast<std::uint32_t>(device_()); }

 private:
  std::random_device device_;
};

}  // namespace xl::platform
