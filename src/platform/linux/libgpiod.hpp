// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/linux/gpio.hpp"

namespace xl::platform {

/// The kernel's GPIO chips.
class Libgpiod final : public Gpio {
 public:
  Result<std::unique_ptr<GpioOutput>> output(const GpioLine& line, bool high) override;
  Result<std::unique_ptr<GpioInput>> input(const GpioLine& line) override;
};

}  // namespace xl::platform
