// SPDX-License-Identifier: Apache-2.0
#include "base/tally.hpp"

#include <gtest/gtest.h>

namespace xl {
namespace {

TEST(Tally, TellsTheFirstAtOnceAndTheOthersOnceInAWhile) {
  const auto start = Tally::Clock::now();
  Tally tally;
  EXPECT_EQ(tally.add(start), 1U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(tally.add(start + std::chrono::milliseconds(i)), 0U);
  EXPECT_EQ(tally.add(start + Tally::kTellEvery), 101U);
  EXPECT_EQ(tally.add(start + Tally::kTellEvery), 0U);
}

}  // namespace
}  // namespace xl
