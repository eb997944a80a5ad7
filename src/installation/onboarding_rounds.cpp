// SPDX-License-Identifier: Apache-2.0
#include "installation/onboarding_rounds.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "cloud/onboarding/transfers.hpp"
#include "cloud/onboarding/waiting.hpp"
#include "cloud/rules/reconcile.hpp"
#include "installation/account_deletion.hpp"
#include "installation/custody_seals.hpp"
#include "installation/waited_write.hpp"

namespace xl::installation {
namespace {

namespace onboarding = cloud::onboarding;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLotMax = 100, kSweptMax = 10;
constexpr std::chrono::minutes kClockJump{5}, kSealPause{1};

class Rounds {
 public:
  Rounds(cloud::RegistryStore& store, const cloud::Presence& presence, RoundsOptions options)
      : store_(store), presence_(presence), options_(std::move(options)), times_(options_.times) {}

  /// Often enough for the shortest of the times to be kept.
  milliseconds pause() const {
    const auto shortest = std::min({times_.arrival, times_.offline_hold, times_.reserved, options_.transfer_expiry,
                                    options_.sweeps.stale, options_.sweeps.moved});
    return std::clamp(shortest / 10, milliseconds(100), milliseconds(30'000));
  }

  /// errors: those of the registry; unavailable (a stop was requested)
  Status make(const std::stop_token& stop) {
    stop_ = stop;
    const auto now = Clock::now();
    const auto ran = std::chrono::duration_cast<milliseconds>(now - counted_).count();
    XL_CHECK(write([ran](cloud::Registry& registry) { return registry.claims().add_run_time(ran); }));
    counted_ = now;
    XL_CHECK(look_at_clock(milliseconds(ran)));
    XL_CHECK(
        write([](cloud::Registry& registry) { return registry.certificates().remove_claims_that_ended(wall_now()); }));
    XL_CHECK(note_excesses());
    XL_CHECK(clear_retained());
    XL_TRY(const bool is_reconciling, awaits_custody_log());
    if (is_reconciling) return {};  // what the registry knows of claims and owners may be long past
    XL_CHECK(expire());
    XL_CHECK(expire_transfers());
    XL_CHECK(settle_confirmed());
    XL_CHECK(look_for_stuck(now));
    XL_CHECK(sweep(now));
    return seal(now);
  }

 private:
  /// A stop does not wait for a registry that somebody else has locked: `work` owns what it needs.
  Status write(cloud::RegistryStore::Work work) { return write_unless_stopped(store_, std::move(work), stop_); }

  Result<bool> awaits_custody_log() {
    XL_TRY(const auto view, store_.open_view());
    return cloud::rules::is_reconciling(*view);
  }

  Status expire() {
    const auto count = std::make_shared<std::size_t>(kLotMax);
    while (*count == kLotMax) {
      XL_CHECK(write([count, times = times_](cloud::Registry& registry) -> Status {
        XL_TRY(*count, onboarding::expire(registry, times, kLotMax, wall_now()));
        return {};
      }));
    }
    return {};
  }

  /// R11: deadlines do not depend on the wall clock, but certificates and signatures do.
  Status look_at_clock(milliseconds ran) {
    const UnixMillis wall = wall_now();
    const auto jump = std::chrono::duration_cast<std::chrono::seconds>(wall - wall_ - ran);
    wall_ = wall;
    if (std::chrono::abs(jump) < kClockJump) return {};
    return write([jump](cloud::Registry& registry) { return onboarding::note_clock_jump(registry, jump, wall_now()); });
  }

  Status expire_transfers() {
    const auto count = std::make_shared<std::size_t>(kLotMax);
    while (*count == kLotMax) {
      XL_CHECK(write([count, expiry = options_.transfer_expiry](cloud::Registry& registry) -> Status {
        const UnixMillis now = wall_now();
        XL_TRY(*count, onboarding::expire_transfers(registry, now - expiry, kLotMax, now));
        return {};
      }));
    }
    return {};
  }

  /// CONFIRMED and COMPLETED are one transaction today; whatever has written the one alone is helped on.
  Status settle_confirmed() {
    XL_TRY(const auto view, store_.open_view());
    XL_TRY(const auto claims,
           view->claims().list_in_state(cloud::ClaimState::confirmed, {.after = "", .limit = kLotMax}));
    for (const cloud::Claim& claim : claims.items) {
      XL_CHECK(write([claim, times = times_](cloud::Registry& registry) {
        return onboarding::settle(registry, times, claim, wall_now());
      }));
    }
    return {};
  }

  Status note_excesses() {
    if (!options_.claim_attempts) return {};
    for (const std::string& account : options_.claim_attempts->take_excesses()) {
      XL_CHECK(write([account](cloud::Registry& registry) {
        return onboarding::note_enumeration(registry, account, wall_now());
      }));
    }
    return {};
  }

  /// A module that is told and gone is lost when it stays away for too long; one that is in staging for as long does
  /// not act. How long is forgotten with this process.
  Status look_for_stuck(Clock::time_point now) {
    XL_TRY(const auto view, store_.open_view());
    std::map<std::string, Whereabouts> seen;
    for (cloud::PageRequest page{.after = "", .limit = kLotMax};;) {
      XL_TRY(const auto claims, view->claims().list_in_state(cloud::ClaimState::notifying, page));
      for (const cloud::Claim& claim : claims.items) {
        const Whereabouts& here = seen[claim.id] = whereabouts_of(claim, now);
        if (now - here.since >= times_.arrival) XL_CHECK(note_stuck(claim, here.session));
      }
      if (!claims.more || claims.items.empty()) break;
      page.after = claims.items.back().id;
    }
    whereabouts_ = std::move(seen);
    return {};
  }

  /// Of the module of a claim that is NOTIFYING.
  struct Whereabouts {
    std::string session;    ///< by which it is connected to staging; empty: it is not
    std::int64_t told = 0;  ///< how often it had been
    Clock::time_point since{};
  };

  /// In staging, its time begins anew with each message and each session; away, when it left.
  Whereabouts whereabouts_of(const cloud::Claim& claim, Clock::time_point now) const {
    const std::string session = presence_.session_of(claim.vendor_account, claim.thing_name);
    const auto known = whereabouts_.find(claim.id);
    const bool is_same = known != whereabouts_.end() && known->second.session == session &&
                         (session.empty() || known->second.told == claim.notify_attempts);
    return {session, claim.notify_attempts, is_same ? known->second.since : now};
  }

  Status note_stuck(const cloud::Claim& claim, const std::string& session) {
    return write([claim, session, times = times_](cloud::Registry& registry) {
      return session.empty() ? onboarding::note_lost(registry, times, claim, wall_now())
                             : onboarding::note_stayed(registry, times, claim, session, wall_now());
    });
  }

  /// Vendors' accounts. Found on a view and put away a few at a time, so that nobody waits long for the writer.
  Status sweep(Clock::time_point now) {
    const auto pause = std::clamp(std::min(options_.sweeps.stale, options_.sweeps.moved) / 10, milliseconds(100),
                                  milliseconds(std::chrono::hours(1)));
    if (!options_.read_certificate || (swept_ && now - *swept_ < pause)) return {};
    swept_ = now;
    XL_TRY(const auto view, store_.open_view());
    std::vector<cloud::StagedRegistration> lot;
    do {
      XL_TRY(lot, onboarding::unseen(*view, options_.sweeps, lot.empty() ? "" : lot.back().certificate_id, kSweptMax));
      if (lot.empty()) break;
      XL_CHECK(write([lot, settings = settings(), sweeps = options_.sweeps](cloud::Registry& registry) {
        return onboarding::sweep(registry, settings, sweeps, lot, wall_now()).map([](std::size_t) {});
      }));
    } while (lot.size() == kSweptMax);
    return {};
  }

  onboarding::Settings settings() const {
    onboarding::Settings out;
    out.times = times_;
    out.read_certificate = options_.read_certificate;
    out.session_of = [&presence = presence_](std::string_view account_id, std::string_view client_id) {
      return presence.session_of(account_id, client_id);
    };
    return out;
  }

  /// An engine that is away is asked again in the next round.
  Status clear_retained() {
    for (std::size_t count = kLotMax; options_.bus != nullptr && count == kLotMax;) {
      const auto cleared = installation::clear_retained(store_, *options_.bus, kLotMax, stop_);
      if (!cleared && cleared.error().code == Errc::unavailable && !stop_.stop_requested()) return {};
      XL_TRY(count, cleared);
    }
    return {};
  }

  /// The first seal comes at once: it tells of a registry that was changed while nobody served it.
  Status seal(Clock::time_point now) {
    if (options_.folder.empty() || (seals_ && now - sealed_ < kSealPause)) return {};
    if (!seals_) {
      XL_TRY(seals_, CustodySeals::open(options_.folder));
    }
    sealed_ = now;
    XL_TRY(const auto view, store_.open_view());
    return seals_->seal(*view, wall_now());
  }

  cloud::RegistryStore& store_;
  const cloud::Presence& presence_;
  const RoundsOptions options_;
  const onboarding::ClaimTimes times_;
  std::stop_token stop_;
  Clock::time_point counted_ = Clock::now();
  UnixMillis wall_ = wall_now();
  std::optional<Clock::time_point> swept_;
  std::optional<CustodySeals> seals_;
  Clock::time_point sealed_{};
  std::map<std::string, Whereabouts> whereabouts_;  ///< by claim
};

}  // namespace

OnboardingRounds::OnboardingRounds(cloud::RegistryStore& registry, const cloud::Presence& presence,
                                   RoundsOptions options)
    : thread_([rounds = Rounds(registry, presence, std::move(options))](const std::stop_token& stop) mutable {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          const Status made = rounds.make(stop);
          if (!made && !stop.stop_requested())
            log::error("onboarding", "a round failed", {{"reason", made.error().detail}});
          wake.wait_for(lock, stop, rounds.pause(), [] { return false; });
        }
      }) {}

}  // namespace xl::installation
