// SPDX-License-Identifier: Apache-2.0
#include "transcript/player.hpp"

#include <gtest/gtest.h>

#include "transcript/directives.hpp"

namespace xl::tests {

void Player::play(const Scenario& scenario) {
  for (const Step& step : scenario.steps) {
    const ::testing::ScopedTrace trace("", 0,
                                       scenario.name + ", line " + std::to_string(step.line_number) + ": " + step.text);
    play(step);
  }
  const ::testing::ScopedTrace trace("", 0, scenario.name + ", at its end");
  expect_nothing_more();
}

void Player::play(const Step& step) {
  switch (step.kind) {
    case Step::Kind::host_line:
      expect_nothing_more();
      written_ += bench_.type(step.text + "\r\n");
      return;
    case Step::Kind::host_bytes:
      expect_nothing_more();
      written_ += bench_.type(without_c_escapes(step.text));
      return;
    case Step::Kind::directive:
      run_directive(bench_, step.text);
      bench_.settle();
      written_ += bench_.uart.take();
      return;
    default:
      expect_line(step.text, step.kind == Step::Kind::exact_reply);
  }
}

void Player::expect_line(const std::string& wanted, bool exact) {
  const auto end = written_.find("\r\n");
  ASSERT_NE(end, std::string::npos) << "the module wrote: \"" << written_ << '"';
  const std::string line = written_.substr(0, end);
  written_.erase(0, end + 2);
  EXPECT_EQ(exact ? line : line.substr(0, wanted.size()), wanted) << "whole line: " << line;
}

void Player::expect_nothing_more() {
  EXPECT_EQ(written_, "") << "written, but the transcript does not expect it";
  written_.clear();
}

}  // namespace xl::tests
