// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

/// Runs until SIGTERM or SIGINT, then drains. errors: whatever kept it from starting
Status serve(const Options& options);
/// One of the processes that serve() starts for --gateway-workers.
Status serve_as_worker();

}  // namespace xl::app
