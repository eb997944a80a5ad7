// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::mqtt {

/// Well-formed UTF-8 without surrogates, overlong forms and U+0000. source: MQTT 3.1.1 1.5.3
bool is_utf8_string(std::string_view text);
/// Whether well-formed UTF-8 is free of control characters and non-characters, which a receiver may refuse; Mosquitto
/// closes the connection for them. source: MQTT 3.1.1 1.5.3
bool is_printable(std::string_view utf8);

}  // namespace xl::mqtt
