// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply time_of_day(Core&, const Arguments&);
Reply location(Core&, const Arguments&);

/// AT+TIME?: `OK date YYYY/MM/DD time hh:mm:ss.xx SNTP`, UTC.
/// errors: 15
/// source: guide 10.1.1
inline constexpr CommandSpec kTimeQuery{.name = "TIME?", .run = &time_of_day};

/// AT+WHERE?: this model knows no location.
/// errors: 16
/// source: guide 10.1.2
inline constexpr CommandSpec kWhereQuery{.name = "WHERE?", .run = &location};

}  // namespace xl::module::commands
