// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply next_event(Core&, const Arguments&);

/// AT+EVENT?: takes the oldest event out of the queue.
/// source: guide 7.2.1
inline constexpr CommandSpec kEventQuery{.name = "EVENT?", .run = &next_event};

}  // namespace xl::module::commands
