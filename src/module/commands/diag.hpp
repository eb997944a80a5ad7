// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply diagnose(Core&, const Arguments&);

/// AT+DIAG PING host: the time of one round trip, by an ICMP echo or by a TCP connection, as the reply says.
/// AT+DIAG SCAN seconds: the networks on the air, `-32db SSID` each, an escaped line feed between; 1 to 60 seconds.
/// AT+DIAG LOG verbosity: how much the module's own log tells, 0 to 9.
/// errors: 3 (the model has no DIAG), 4 (unknown subcommand, parameter missing or unusable), 14 2 (PING: no network),
/// 14 3 (PING: name unknown, no answer), 17 (SCAN: no radio), 25 (PING and SCAN: CONNECT! under way; PING: in CONFMODE;
/// SCAN: the radio does not come to an end)
/// source: guide 7.3.1
inline constexpr CommandSpec kDiag{.name = "DIAG", .argument = Argument::optional, .run = &diagnose};

}  // namespace xl::module::commands
