// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

/// Runs until SIGTERM or SIGINT, then drains. errors: whatever kept it from starting
Status serve(const Options& options);

}  // namespace xl::app
