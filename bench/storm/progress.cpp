// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace xl::storm {

void Progress::show(int second, std::size_t open, const Tally& tally, Latencies& recent) {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  const std::uint64_t messages = tally.received > 0 ? tally.received : tally.published;
  std::string failed = std::to_string(tally.failed);
  if (tally.failed > 0) failed += " (" + failures_text(tally) + ")";
  std::fprintf(stderr, "%s%4d s  connected %zu  failed %s  %lu connects/s  %lu messages/s  p50 %.2f ms  p99 %.2f ms%s",
               is_terminal ? "\r\033[K" : "", second, open, failed.c_str(),
               tally.connects - std::exchange(connects_, tally.connects), messages - std::exchange(messages_, messages),
               recent.percentile_ms(0.5), recent.percentile_ms(0.99), is_terminal ? "" : "\n");
  on_line_ = is_terminal;
  recent.clear();
}

void Progress::say(const char* text) {
  std::fprintf(stderr, "%s%s\n", std::exchange(on_line_, false) ? "\n" : "", text);
}

}  // namespace xl::storm
