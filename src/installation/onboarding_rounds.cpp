// SPDX-License-Identifier: Apache-2.0
#include "installation/onboarding_rounds.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.hpp"

namespace xl::installation {
namespace {

namespace onboarding = cloud::onboarding;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLotMax = 100;

class Rounds {
 public:
  Rounds(cloud::RegistryStore& store, const cloud::Presence& presence, const onboarding::ClaimTimes& times)
      : store_(store), presence_(presence), times_(times) {}

  /// Often enough for the shortest of the times to be kept.
  milliseconds pause() const {
    const auto shortest = std::min({times_.arrival, times_.offline_hold, times_.reserved});
    return std::clamp(shortest / 10, milliseconds(100), milliseconds(30'000));
  }

  Status make() {
    const auto now = Clock::now();
    const auto ran = std::chrono::duration_cast<milliseconds>(now - counted_).count();
    XL_CHECK(store_.write([&](cloud::Registry& registry) { return registry.claims().add_run_time(ran); }));
    counted_ = now;
    XL_CHECK(expire());
    return look_for_lost(now);
  }

 private:
  Status expire() {
    for (std::size_t count = kLotMax; count == kLotMax;) {
      XL_CHECK(store_.write([&](cloud::Registry& registry) -> Status {
        XL_TRY(count, onboarding::expire(registry, times_, kLotMax, wall_now()));
        return {};
      }));
    }
    return {};
  }

  /// A module that is told and gone is lost when it stays away for too long; how long is forgotten with this process.
  Status look_for_lost(Clock::time_point now) {
    XL_TRY(const auto view, store_.open_view());
    std::map<std::string, Clock::time_point> away;
    for (cloud::PageRequest page{.after = "", .limit = kLotMax};;) {
      XL_TRY(const auto claims, view->claims().list_in_state(cloud::ClaimState::notifying, page));
      for (const cloud::Claim& claim : claims.items) {
        if (presence_.is_connected(claim.vendor_account, claim.thing_name)) continue;
        const auto known = away_.find(claim.id);
        const auto since = known != away_.end() ? known->second : now;
        away[claim.id] = since;
        if (now - since < times_.arrival) continue;
        XL_CHECK(store_.write(
            [&](cloud::Registry& registry) { return onboarding::note_lost(registry, times_, claim, wall_now()); }));
      }
      if (!claims.more || claims.items.empty()) break;
      page.after = claims.items.back().id;
    }
    away_ = std::move(away);
    return {};
  }

  cloud::RegistryStore& store_;
  const cloud::Presence& presence_;
  const onboarding::ClaimTimes times_;
  Clock::time_point counted_ = Clock::now();
  std::map<std::string, Clock::time_point> away_;  ///< claims whose module is told and not in staging: since when
};

}  // namespace

OnboardingRounds::OnboardingRounds(cloud::RegistryStore& registry, const cloud::Presence& presence,
                                   const onboarding::ClaimTimes& times)
    : thread_([rounds = Rounds(registry, presence, times)](const std::stop_token& stop) mutable {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          const Status made = rounds.make();
          if (!made) log::error("onboarding", "a round failed", {{"reason", made.error().detail}});
          wake.wait_for(lock, stop, rounds.pause(), [] { return false; });
        }
      }) {}

}  // namespace xl::installation
