// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "platform/sim/bench.hpp"
#include "transcript/player.hpp"
#include "transcript/transcript.hpp"

namespace xl::tests {
namespace {

using platform::sim::Bench;

class Transcript : public ::testing::TestWithParam<std::string> {};

TEST_P(Transcript, RunsAsWritten) {
  const auto file = std::filesystem::path(XL_TRANSCRIPTS) / (GetParam() + ".at");
  const auto scenarios = read_transcript(file);
  ASSERT_FALSE(scenarios.empty());
  for (const auto& scenario : scenarios) {
    Bench bench;
    Player(bench).play(scenario);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Transcript, ::testing::ValuesIn(transcript_names(XL_TRANSCRIPTS)),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace xl::tests
