// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "module/commands/spec.hpp"

namespace xl::module::commands {

/// Every command but the bare AT, sorted by name.
std::span<const CommandSpec> table();

}  // namespace xl::module::commands
