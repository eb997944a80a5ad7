// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/host_power.hpp"

#include <string>

#include "base/log.hpp"

namespace xl::platform {

void HostPower::sleep(unsigned mode) {
  log::info("platform", "asleep", {{"mode", std::to_string(mode)}});
  if (mode > 0) uart_.pause();
}

void HostPower::wake() {
  log::info("platform", "awake");
  uart_.resume();
}

}  // namespace xl::platform
