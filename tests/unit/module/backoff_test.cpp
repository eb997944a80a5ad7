// SPDX-License-Identifier: Apache-2.0
#include "module/connection/backoff.hpp"

#include <gtest/gtest.h>

#include "module/limits.hpp"
#include "platform/sim/ports.hpp"

namespace xl::module::connection {
namespace {

using ports::Millis;

/// How long after a failure at `now` the next attempt is refused.
Millis delay(const Backoff& backoff, Millis now) {
  Millis waited{0};
  while (!backoff.allows(now + waited)) waited += Millis(1);
  return waited;
}

// conformance: 58 59
TEST(Backoff, GrowsFromASecondToTwoMinutesAndStartsAgainAfterASuccess) {
  platform::sim::SeededRandom random(42);
  Backoff backoff(random);
  Millis now{5'000};
  EXPECT_TRUE(backoff.allows(now));
  Millis last{0};
  for (int failure = 0; failure < 10; ++failure) {
    backoff.failed(now);
    const auto next = delay(backoff, now);
    EXPECT_TRUE(next > last || next == Millis(kBackoffLast)) << failure;
    last = next;
    now += next;
  }
  EXPECT_EQ(last, Millis(kBackoffLast));
  backoff.reset();
  EXPECT_TRUE(backoff.allows(now));
  backoff.failed(now);
  EXPECT_LE(delay(backoff, now), Millis(1'250));
  EXPECT_GE(delay(backoff, now), Millis(1'000));
}

TEST(Backoff, SpreadsAFleet) {
  platform::sim::SeededRandom one(1);
  platform::sim::SeededRandom two(2);
  Backoff first(one);
  Backoff second(two);
  for (int failure = 0; failure < 5; ++failure) {
    first.failed(Millis(0));
    second.failed(Millis(0));
  }
  EXPECT_NE(delay(first, Millis(0)), delay(second, Millis(0)));
}

}  // namespace
}  // namespace xl::module::connection
