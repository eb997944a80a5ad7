// SPDX-License-Identifier: Apache-2.0
// `expresslink-cloud thing …`
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

Status offboard_thing(const Options& options);

}  // namespace xl::app
