// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "platform/sim/bench.hpp"
#include "transcript/directives.hpp"
#include "transcript/transcript.hpp"

namespace xl::tests {
namespace {

using platform::sim::Bench;

std::vector<std::string> transcript_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(XL_TRANSCRIPTS)) {
    if (entry.path().extension() == ".at") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

/// Plays one scenario on a bench of its own and compares every byte that the module writes.
class Player {
 public:
  void play(const Scenario& scenario) {
    for (const Step& step : scenario.steps) {
      const ::testing::ScopedTrace trace(
          "", 0, scenario.name + ", line " + std::to_string(step.line_number) + ": " + step.text);
      play(step);
    }
    const ::testing::ScopedTrace trace("", 0, scenario.name + ", at its end");
    expect_nothing_more();
  }

 private:
  void play(const Step& step) {
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

  void expect_line(const std::string& wanted, bool exact) {
    const auto end = written_.find("\r\n");
    ASSERT_NE(end, std::string::npos) << "the module wrote: \"" << written_ << '"';
    const std::string line = written_.substr(0, end);
    written_.erase(0, end + 2);
    EXPECT_EQ(exact ? line : line.substr(0, wanted.size()), wanted) << "whole line: " << line;
  }

  void expect_nothing_more() {
    EXPECT_EQ(written_, "") << "written, but the transcript does not expect it";
    written_.clear();
  }

  Bench bench_;
  std::string written_;
};

class Transcript : public ::testing::TestWithParam<std::string> {};

TEST_P(Transcript, RunsAsWritten) {
  const auto file = std::filesystem::path(XL_TRANSCRIPTS) / (GetParam() + ".at");
  const auto scenarios = read_transcript(file);
  ASSERT_FALSE(scenarios.empty());
  for (const auto& scenario : scenarios) Player().play(scenario);
}

INSTANTIATE_TEST_SUITE_P(Files, Transcript, ::testing::ValuesIn(transcript_files()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace xl::tests
