// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply sleep(Core&, const Arguments&);

/// AT+SLEEP[#] [seconds]: OK with the mode, then asleep until the seconds have passed, WAKE is low, RST is low, or, in
/// mode 0, the host gives a command. Mode 0 keeps volatile keys and messages; deeper ones have the UART off and wake up
/// as after RESET. A mode deeper than the body has is the deepest it has.
/// errors: 4 (not a number of seconds), 18, 25 (CONNECT! or CONFMODE under way)
/// source: guide 4.7.4
inline constexpr CommandSpec kSleep{.name = "SLEEP",
                                    .suffix = Suffix::optional,
                                    .argument = Argument::optional,
                                    .unseparated = AtError::parameter_error,  // guide 4.7.4's own example
                                    .allowed_in = States::all_but_connecting,
                                    .run = &sleep};

}  // namespace xl::module::commands
