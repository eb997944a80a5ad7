// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <gtest/gtest.h>

namespace xl {
namespace {

TEST(Time, IsWrittenInTheFormsOfIso8601) {
  const UnixMillis t = from_millis(1'767'323'045'999);
  EXPECT_EQ(iso8601_basic(t), "20260102T030405Z");
  EXPECT_EQ(iso8601_extended(t), "2026-01-02T03:04:05Z");
}

TEST(Time, IsWrittenBeyondWhatAClockOfNanosecondsCanTell) {
  EXPECT_EQ(iso8601_extended(from_millis(253'402'300'799'000)), "9999-12-31T23:59:59Z");
  EXPECT_EQ(iso8601_extended(from_millis(-1)), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace xl
