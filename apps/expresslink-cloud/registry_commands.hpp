// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

Status backup(const Options& options);
Status restore(const Options& options);
/// Once more, or without the custody log.
Status reconcile_custody(const Options& options);
/// The exit code: 0 clean, 1 findings, 2 could not be checked.
int fsck(const Options& options);

}  // namespace xl::app
