// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

namespace xl::platform {

/// 8 data bits, no parity, no echo, no translation, no flow control, 115200 bits per second. source: guide 4.1.1
/// errors: io (not a terminal)
Status make_raw(int terminal);

}  // namespace xl::platform
