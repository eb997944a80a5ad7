// SPDX-License-Identifier: Apache-2.0
#include "module/commands/reset.hpp"

#include "module/core.hpp"

namespace xl::module::commands {

Reply reset(Core& core, const Arguments&) {
  core.request_restart();
  return at::ok();
}

Reply factory_reset(Core& core, const Arguments& arguments) {
  if (!core.dictionary.factory_reset()) return error(AtError::not_allowed);
  return reset(core, arguments);
}

}  // namespace xl::module::commands
