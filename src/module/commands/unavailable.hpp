// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply no_configuration_mode(Core&, const Arguments&);
Reply no_shadow(Core&, const Arguments&);

/// AT+CONFMODE: this model's credentials come through the dictionary.
/// errors: 17, 25 (CONNECT! under way)
/// source: guide 4.7.5.2
inline constexpr CommandSpec kConfmode{.name = "CONFMODE",
                                       .argument = Argument::optional,
                                       .allowed_in = States::all_but_connecting,
                                       .run = &no_configuration_mode};

/// AT+SHADOW[#] …: no shadow is ever initialised.
/// errors: 24
/// source: guide 9.2
inline constexpr CommandSpec kShadow{
    .name = "SHADOW", .suffix = Suffix::optional, .argument = Argument::optional, .run = &no_shadow};

}  // namespace xl::module::commands
