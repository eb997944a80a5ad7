// SPDX-License-Identifier: Apache-2.0
#include "module/commands/sleep.hpp"

#include <algorithm>

#include "at/command_line.hpp"
#include "module/core.hpp"

namespace xl::module::commands {

Reply sleep(Core& core, const Arguments& arguments) {
  std::optional<std::chrono::seconds> duration;
  if (arguments.has_parameter) {
    const auto seconds = at::parse_number(arguments.text(), kSleepSecondsMax);
    if (!seconds) return error(AtError::parameter_error);
    duration = std::chrono::seconds(*seconds);
  }
  if (core.connection.is_connected()) return error(AtError::active_connection);
  if (core.is_in_confmode()) return error(AtError::not_allowed);
  const unsigned mode = std::min(arguments.suffix.value_or(0), core.ports.power.deepest_mode());
  core.request_sleep({mode, duration});
  core.scratch.clear();
  return at::ok(core.scratch.add_number(mode).view());
}

}  // namespace xl::module::commands
