// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply enter_confmode(Core&, const Arguments&);

/// AT+CONFMODE [name]: until a person has entered credentials (event CONFMODE) or RESET. The name, up to 32 bytes, is
/// shown to that person.
/// errors: 4 (the name), 17 (the model has no CONFMODE, or it cannot start), 18, 25 (CONNECT! or CONFMODE under way)
/// source: guide 4.7.5
inline constexpr CommandSpec kConfmode{.name = "CONFMODE",
                                       .argument = Argument::optional,
                                       .allowed_in = States::all_but_connecting,
                                       .run = &enter_confmode};

}  // namespace xl::module::commands
