// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::quickconnect {

/// config.txt of the kit. source: guide 11.2.1, steps 3 and 4
struct Config {
  std::string serial_port;
  std::string ssid;        ///< empty: keep what the module has
  std::string passphrase;  ///< empty: keep what the module has
};

/// Lines `Key=value`; empty lines and lines that begin with # are skipped.
/// errors: invalid_argument, naming `name` and the line
Result<Config> parse_config(std::string_view text, std::string_view name);
/// errors: not_found (with an example of the file), io, and those of parse_config
Result<Config> read_config(const std::string& path);

}  // namespace xl::quickconnect
