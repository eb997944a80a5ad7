// SPDX-License-Identifier: Apache-2.0
#include "module/commands/unavailable.hpp"

namespace xl::module::commands {

Reply no_shadow(Core&, const Arguments&) { return error(AtError::shadow_error); }

}  // namespace xl::module::commands
