// SPDX-License-Identifier: Apache-2.0
// `expresslink-cloud account limits …`
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

Status list_limits(const Options& options);
Status set_limit(const Options& options);
Status reset_limit(const Options& options);

}  // namespace xl::app
