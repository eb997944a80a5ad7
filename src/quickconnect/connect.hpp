// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "quickconnect/config.hpp"
#include "quickconnect/module.hpp"
#include "quickconnect/terminal.hpp"

namespace xl::quickconnect {

/// Finds the module, tells which one it is, gives it the Wi-Fi keys; its ThingName.
/// errors: unavailable (no module there), conflict (the module is onboarded), invalid_argument (it refuses a key)
Result<std::string> set_up(Module& module, const Config& config, Terminal& terminal);

/// Connects; waits and tries again while the module backs off (hint 1).
/// errors: unavailable with advice for the hint
/// source: guide 4.7.2
Status connect(Module& module, Terminal& terminal);

}  // namespace xl::quickconnect
