// SPDX-License-Identifier: Apache-2.0
// What an owner wants to happen after a factory reset of its module (guide 11.4).
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xl::cloud {

enum class OnReset {
  free,        ///< whoever shows voucher and presence may claim it at once
  free_after,  ///< the same, when `hold` has passed
  locked       ///< the owner alone may
};
inline constexpr std::array<std::string_view, 3> kOnResetNames{"free", "free_after", "locked"};
constexpr std::string_view name_of(OnReset rule) { return kOnResetNames[static_cast<std::size_t>(rule)]; }

struct ResetRule {
  std::string account_id;   ///< the owner's
  std::string fingerprint;  ///< the module's
  OnReset rule = OnReset::free;
  std::chrono::milliseconds hold{};      ///< with free_after
  std::optional<std::int64_t> reset_at;  ///< run time (Claims::run_time) of the reset it is in now
};

}  // namespace xl::cloud
