// SPDX-License-Identifier: Apache-2.0
#include "tally.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

namespace xl::storm {
namespace {

const double kLogStep = std::log(1.01);

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

/// Messages that arrived somewhere: heard, or else acknowledged, or else only sent.
std::uint64_t messages_of(const Tally& tally) {
  if (tally.received > 0) return tally.received;
  return tally.acknowledged > 0 ? tally.acknowledged : tally.published;
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

void Latencies::add(Clock::duration duration) {
  const double microseconds = std::max(1.0, std::chrono::duration<double, std::micro>(duration).count());
  const auto bucket = static_cast<std::size_t>(std::log(microseconds) / kLogStep);
  ++buckets_[std::min(bucket, buckets_.size() - 1)];
  ++count_;
}

double Latencies::percentile_ms(double fraction) const {
  if (count_ == 0) return 0;
  auto left = static_cast<std::uint64_t>(fraction * static_cast<double>(count_ - 1));
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    if (left < buckets_[bucket]) return std::exp((static_cast<double>(bucket) + 0.5) * kLogStep) / 1000;
    left -= buckets_[bucket];
  }
  return 0;
}

std::string failures_text(const Tally& tally) {
  std::string text;
  for (const auto& [reason, count] : tally.failures)
    text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  return text;
}

std::string summary_text(const Tally& tally, const Times& times) {
  std::array<char, 512> line{};
  std::snprintf(line.data(), line.size(), "connects   %lu in %.1f s, %.0f/s, p50 %.1f ms, p99 %.1f ms, %lu resumed\n",
                tally.connects, times.connecting_seconds, per_second(tally.connects, times.connecting_seconds),
                tally.connect.percentile_ms(0.5), tally.connect.percentile_ms(0.99), tally.resumed);
  std::string text = line.data();
  if (tally.published > 0) {
    std::snprintf(line.data(), line.size(),
                  "messages   %lu published, %lu acknowledged, %lu received, %.0f/s, p50 %.3f ms, p99 %.3f ms\n",
                  tally.published, tally.acknowledged, tally.received,
                  per_second(messages_of(tally), times.holding_seconds), tally.message.percentile_ms(0.5),
                  tally.message.percentile_ms(0.99));
    text += line.data();
  }
  if (tally.moves > 0) {
    std::snprintf(line.data(), line.size(), "moves      %lu, p50 %.1f ms, p99 %.1f ms\n", tally.moves,
                  tally.move.percentile_ms(0.5), tally.move.percentile_ms(0.99));
    text += line.data();
  }
  text += "failed     " + std::to_string(tally.failed) + "\n";
  for (const auto& [reason, count] : tally.failures)
    text += "           " + std::to_string(count) + "  " + reason + "\n";
  return text;
}

std::string summary_json(const Tally& tally, const Times& times) {
  boost::json::object failures;
  for (const auto& [reason, count] : tally.failures) failures[reason] = count;
  const boost::json::object out{{"connects", tally.connects},
                                {"resumed", tally.resumed},
                                {"failed", tally.failed},
                                {"failures", failures},
                                {"connecting_seconds", rounded(times.connecting_seconds)},
                                {"connects_per_second", rounded(per_second(tally.connects, times.connecting_seconds))},
                                {"connect_p50_ms", rounded(tally.connect.percentile_ms(0.5))},
                                {"connect_p99_ms", rounded(tally.connect.percentile_ms(0.99))},
                                {"holding_seconds", rounded(times.holding_seconds)},
                                {"published", tally.published},
                                {"acknowledged", tally.acknowledged},
                                {"received", tally.received},
                                {"messages_per_second", rounded(per_second(messages_of(tally), times.holding_seconds))},
                                {"moves", tally.moves},
                                {"move_p50_ms", rounded(tally.move.percentile_ms(0.5))},
                                {"message_p50_ms", rounded(tally.message.percentile_ms(0.5))},
                                {"message_p99_ms", rounded(tally.message.percentile_ms(0.99))}};
  return boost::json::serialize(out);
}

}  // namespace xl::storm
