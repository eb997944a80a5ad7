// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

Status rehearse_template(const Options& options);

}  // namespace xl::app
