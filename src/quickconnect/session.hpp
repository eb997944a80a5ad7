// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

namespace xl::quickconnect {

struct Plan {
  std::string config = "config.txt";
  std::chrono::seconds demo{120};
  bool interactive = true;
};

/// The whole demo, from config.txt to the prompt. The exit code: 0, 1 (something is wrong here, or data was not sent),
/// 2 (the module does not connect), 130 (interrupted with nobody at the keyboard). source: guide 11.2.1
int run(const Plan& plan);

}  // namespace xl::quickconnect
