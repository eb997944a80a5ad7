// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/wifi.hpp"

namespace xl::app {

/// The radio that `--wifi` asks for. errors: invalid_argument (no such kind), and those of the kind
Result<std::unique_ptr<platform::Wifi>> open_wifi(const std::string& kind, platform::EventLoop& loop);

}  // namespace xl::app
