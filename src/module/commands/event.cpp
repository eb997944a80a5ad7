// SPDX-License-Identifier: Apache-2.0
#include "module/commands/event.hpp"

#include "module/core.hpp"

namespace xl::module::commands {

Reply next_event(Core& core, const Arguments&) {
  const auto* event = core.events.pop();
  if (event == nullptr) return at::ok();
  core.scratch.clear();
  core.scratch.add_number(static_cast<unsigned>(event->id)).add(' ').add_number(event->parameter);
  core.scratch.add(' ').add(mnemonic(event->id));
  if (!event->detail.view().empty()) core.scratch.add(' ').add(event->detail.view());
  return at::ok(core.scratch.view());
}

}  // namespace xl::module::commands
