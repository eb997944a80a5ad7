// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "platform/sim/bench.hpp"

namespace xl::tests {

/// Does what a `!` line says to the simulated world, or checks it; failures are reported to GoogleTest.
void run_directive(platform::sim::Bench& bench, const std::string& text);

}  // namespace xl::tests
