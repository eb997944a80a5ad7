// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "quickconnect/console_terminal.hpp"
#include "quickconnect/module.hpp"

namespace xl::quickconnect {

/// The terminal is the person's: AT commands go to the module, replies and commands of topic `state` appear. Ends with
/// Ctrl-D, Ctrl-C or the end of input.
/// errors: those of Port
Status run_prompt(Module& module, ConsoleTerminal& terminal);

}  // namespace xl::quickconnect
