// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::mqtt {

/// A name to publish to: non-empty, valid UTF-8 without NUL, no `+` or `#`. source: MQTT 3.1.1 4.7
bool is_topic_name(std::string_view topic);
/// A filter to subscribe to: `+` alone in its level, `#` alone in the last one. source: MQTT 3.1.1 4.7.1
bool is_topic_filter(std::string_view filter);
/// Standard matching: `a/#` matches `a`; a filter that starts with a wildcard does not match a topic that starts with
/// `$`.
bool matches(std::string_view filter, std::string_view topic);

}  // namespace xl::mqtt
