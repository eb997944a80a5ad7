// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

#include "quickconnect/module.hpp"
#include "quickconnect/terminal.hpp"

namespace xl::quickconnect {

struct DemoResult {
  int sent = 0;
  int failed = 0;
};

/// Sample measurements of a room, `second` seconds after the start, as JSON.
std::string sample_telemetry(int second);

/// Publishes sample telemetry every second for `length` and shows the commands that arrive on `state`; connects again
/// when the connection is lost.
/// errors: those of connect()
Result<DemoResult> run_demo(Module& module, Terminal& terminal, std::chrono::seconds length);

/// Shows what `event` brought: a command of topic `state`, or the event itself. False when the connection was lost.
Result<bool> show_event(Module& module, Terminal& terminal, const Event& event);

}  // namespace xl::quickconnect
