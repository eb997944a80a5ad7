// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply reset(Core&, const Arguments&);
Reply factory_reset(Core&, const Arguments&);

/// AT+RESET: OK, then as after power-up.
/// source: guide 4.7.6
inline constexpr CommandSpec kReset{.name = "RESET", .run = &reset};

/// AT+FACTORY_RESET: as RESET, and the persistent keys that table 2 marks are back at their initial values.
/// errors: 25 (the storage refused; nothing else happened)
/// source: guide 4.7.7
inline constexpr CommandSpec kFactoryReset{.name = "FACTORY_RESET", .run = &factory_reset};

}  // namespace xl::module::commands
