// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply no_shadow(Core&, const Arguments&);

/// AT+SHADOW[#] …: no shadow is ever initialised.
/// errors: 24
/// source: guide 9.2
inline constexpr CommandSpec kShadow{
    .name = "SHADOW", .suffix = Suffix::optional, .argument = Argument::optional, .run = &no_shadow};

}  // namespace xl::module::commands
