// SPDX-License-Identifier: Apache-2.0
#include "module/connection/backoff.hpp"

#include <algorithm>

#include "module/limits.hpp"

namespace xl::module::connection {
namespace {

constexpr unsigned kDoublingsMax = 7;  // 1 s doubled 7 times is past the cap

}  // namespace

void Backoff::failed(ports::Millis now) {
  const auto doubled = ports::Millis(kBackoffFirst) * (1U << std::min(failures_, kDoublingsMax));
  const auto delay = std::min(doubled, ports::Millis(kBackoffLast));
  // A quarter of jitter keeps a fleet apart and the delays still growing.
  const auto jitter = ports::Millis(random_.next() % (static_cast<std::uint32_t>(delay.count()) / 4 + 1));
  not_before_ = now + std::min(delay + jitter, ports::Millis(kBackoffLast));
  failures_ = std::min(failures_ + 1, kDoublingsMax);
}

}  // namespace xl::module::connection
