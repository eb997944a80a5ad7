// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"
#include "platform/linux/hardware_pins.hpp"

namespace xl::app {

struct Options {
  std::string identity;
  std::string state;
  std::string pty;  ///< exactly one of pty, serial, tcp and stdio is given
  std::string serial;
  std::string tcp;
  bool stdio = false;
  std::uint16_t port = 8883;
  std::string factory_endpoint;  ///< empty: the identity's
  std::string factory_root_ca;   ///< file; empty: the identity's
  std::string wifi = "none";     ///< "none", "simulator:FILE" or "wpa:SOCKET"
  std::string confmode_address;  ///< empty: no CONFMODE
  std::uint16_t confmode_port = 0;
  platform::HardwarePins::Lines pins;
  log::Level log_level = log::Level::info;
};

/// The options, or the exit code when there is nothing to run (--help, a mistake already explained).
tl::expected<Options, int> parse_options(int argc, char** argv);

}  // namespace xl::app
