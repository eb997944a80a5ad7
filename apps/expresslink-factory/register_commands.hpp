// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

/// Modules from their identity folders, one from a serial port, or a whole lot by one task.
/// errors: conflict when some were not registered; which and why is on standard output
Status register_modules(const Options& options);

}  // namespace xl::app
