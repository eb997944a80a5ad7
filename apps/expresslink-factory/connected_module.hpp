// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "factory/register.hpp"
#include "quickconnect/module.hpp"

namespace xl::app {

/// The module's own words for what an identity folder holds. errors: unavailable (no module there), invalid_argument
/// source: guide 11.2
Result<factory::ModuleFacts> ask_module(quickconnect::Module& module);

}  // namespace xl::app
