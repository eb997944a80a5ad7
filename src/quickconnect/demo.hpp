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
std::string sample_telemetry(int second, bool led_is_on);

/// Publishes sample telemetry every second for `length` and shows the commands that arrive on `state`: `led on` and
/// `led off` change the telemetry. Connects again when the connection is lost.
/// errors: those of connect(); conflict when the module was onboarded meanwhile (its data is its owner's from then on)
Result<DemoResult> run_demo(Module& module, Terminal& terminal, std::chrono::seconds length);

struct Shown {
  bool is_connected = true;
  std::string command;  ///< of topic `state`
};
/// Shows what `event` brought: a command of topic `state`, a message of no topic of ours, or the event itself.
Result<Shown> show_event(Module& module, Terminal& terminal, const Event& event);

}  // namespace xl::quickconnect
