// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "quickconnect/module.hpp"
#include "quickconnect/terminal.hpp"

namespace xl::quickconnect {

constexpr unsigned kDataTopic = 1, kStateTopic = 2;

/// Topic1 is `data`, Topic2 is `state` and subscribed. source: guide 11.2
Status use_demo_topics(Module& module);

/// Tells the cloud, through the module, the hash of a fresh secret; the address of the page that asks for that secret:
/// `<url>/q/<ThingName>#<secret>`. The fragment reaches no log and no referrer.
/// errors: unavailable (no answer, or a subscription is refused)
Result<std::string> invite_viewer(Module& module, const std::string& thing_name, Terminal& terminal);

/// The text member `name` of a flat JSON object; nothing when it is not there or not plain printable ASCII.
std::optional<std::string> json_text_member(std::string_view json, std::string_view name);

}  // namespace xl::quickconnect
