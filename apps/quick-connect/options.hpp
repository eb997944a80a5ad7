// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <tl/expected.hpp>

#include "quickconnect/session.hpp"

namespace xl::app {

/// The plan, or the exit code when help was asked for or the arguments are wrong.
tl::expected<quickconnect::Plan, int> parse_options(int argc, char** argv);

}  // namespace xl::app
