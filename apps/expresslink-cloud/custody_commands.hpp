// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

Status export_custody(const Options& options);
/// The exit code: 0 the log is what was sealed, 1 it is not, 2 could not be checked.
int verify_custody(const Options& options);

}  // namespace xl::app
