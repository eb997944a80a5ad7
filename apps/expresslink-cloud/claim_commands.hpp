// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

/// Prints what a claim of the account would come to, and why; changes nothing.
Status rehearse_claim(const Options& options);

}  // namespace xl::app
