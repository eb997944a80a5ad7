// SPDX-License-Identifier: Apache-2.0
#include "module/commands/time.hpp"

#include <chrono>

#include "module/core.hpp"

namespace xl::module::commands {

Reply time_of_day(Core& core, const Arguments&) {
  const auto now = core.ports.clock.wall();
  if (!now) return error(AtError::time_not_available);
  const auto days = std::chrono::floor<std::chrono::days>(*now);
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  const auto hundredths = static_cast<std::uint64_t>((*now - days).count() / 10);
  core.scratch.clear();
  core.scratch.add("date ").add_number(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  core.scratch.add('/').add_number(static_cast<unsigned>(date.month()), 2);
  core.scratch.add('/').add_number(static_cast<unsigned>(date.day()), 2);
  core.scratch.add(" time ").add_number(hundredths / 360'000, 2);
  core.scratch.add(':').add_number(hundredths / 6'000 % 60, 2);
  core.scratch.add(':').add_number(hundredths / 100 % 60, 2);
  core.scratch.add('.').add_number(hundredths % 100, 2).add(" SNTP");
  return at::ok(core.scratch.view());
}

Reply location(Core&, const Arguments&) { return error(AtError::location_not_available); }

}  // namespace xl::module::commands
