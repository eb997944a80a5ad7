// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/log.hpp"
#include "module/ports/uart.hpp"

namespace xl::platform {

/// A host on a PTY or a serial line has no EVENT pin; it asks with EVENT?. The level is for whoever debugs.
class LogPins final : public module::ports::Pins {
 public:
  void set_event(bool high) override { log::debug("platform", "EVENT pin", {{"level", high ? "high" : "low"}}); }
};

}  // namespace xl::platform
