// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "platform/sim/bench.hpp"
#include "transcript/transcript.hpp"

namespace xl::tests {

/// Plays a scenario on a bench of its own and compares every byte that the module writes; failures are reported to
/// GoogleTest.
class Player {
 public:
  explicit Player(platform::sim::Bench& bench) : bench_(bench) {}
  void play(const Scenario& scenario);

 private:
  void play(const Step& step);
  void expect_line(const std::string& wanted, bool exact);
  void expect_nothing_more();

  platform::sim::Bench& bench_;
  std::string written_;
};

}  // namespace xl::tests
