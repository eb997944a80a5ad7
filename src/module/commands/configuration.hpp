// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply set_key(Core&, const Arguments&);
Reply get_key(Core&, const Arguments&);

/// AT+CONF key=value: assigns; `key=pem` takes a certificate line by line.
/// errors: 4, 9, 10, 11, 12, 23, 26
/// source: guide 6.2.1, 8.11.3
inline constexpr CommandSpec kConf{.name = "CONF", .argument = Argument::required, .run = &set_key};

/// AT+CONF? key [pem]: reads; a certificate with `pem` in lines.
/// errors: 4, 9, 10, 11, 13
/// source: guide 6.2.2, 8.11.2
inline constexpr CommandSpec kConfQuery{.name = "CONF?", .argument = Argument::required, .run = &get_key};

}  // namespace xl::module::commands
