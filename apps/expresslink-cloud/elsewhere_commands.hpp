// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "installation/elsewhere.hpp"
#include "options.hpp"

namespace CLI {
class App;
}

namespace xl::app {

/// What `account create` and `account elsewhere` have in common.
void add_elsewhere_options(CLI::App& command, ElsewhereOptions& options);
/// With the files that the options name. errors: io, invalid_argument
Result<installation::ElsewhereChange> change_in(const ElsewhereOptions& options);
void print(const cloud::Elsewhere& elsewhere);
/// Changes what was given, and shows what there is.
Status set_elsewhere(const Options& options);

}  // namespace xl::app
