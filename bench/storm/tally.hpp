// SPDX-License-Identifier: Apache-2.0
// What happened: counters, failures by reason, latencies. Pure.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace xl::storm {

using Clock = std::chrono::steady_clock;

/// Durations from 1 us to over 100 s in steps of one percent.
class Latencies {
 public:
  void add(Clock::duration duration);
  void clear() { *this = {}; }
  std::uint64_t count() const { return count_; }
  /// units: milliseconds; 0 when nothing was measured
  double percentile_ms(double fraction) const;

 private:
  std::array<std::uint32_t, 1900> buckets_{};
  std::uint64_t count_ = 0;
};

struct Tally {
  std::uint64_t connects = 0, resumed = 0, failed = 0, published = 0, acknowledged = 0, received = 0, moves = 0;
  std::map<std::string, std::uint64_t> failures;  ///< by what was refused, and by whom
  Latencies connect, message, move;               ///< move: told the endpoint to CONNACK there

  void fail(const std::string& reason, std::uint64_t count = 1) {
    failed += count;
    failures[reason] += count;
  }
};

/// The parts of a run.
struct Times {
  double connecting_seconds = 0, holding_seconds = 0;
};

/// "CONNACK 5 (not authorized) 3, timeout 1"
std::string failures_text(const Tally& tally);
std::string summary_text(const Tally& tally, const Times& times);
std::string summary_json(const Tally& tally, const Times& times);

}  // namespace xl::storm
