// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/ports/power.hpp"
#include "platform/linux/host_uart.hpp"

namespace xl::platform {

/// Sleep of a program: nothing runs until the loop has a reason. Mode 0 listens to the UART, mode 1 does not.
class HostPower final : public module::ports::Power {
 public:
  explicit HostPower(HostUart& uart) : uart_(uart) {}

  unsigned deepest_mode() const override { return 1; }
  void sleep(unsigned mode) override;
  void wake() override;

 private:
  HostUart& uart_;
};

}  // namespace xl::platform
