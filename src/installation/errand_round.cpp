// SPDX-License-Identifier: Apache-2.0
#include "installation/errand_round.hpp"

#include <algorithm>
#include <optional>

#include "base/log.hpp"
#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/ports/if_found.hpp"
#include "cloud/rules/reconcile.hpp"

namespace xl::installation {
namespace {

namespace onboarding = cloud::onboarding;
using cloud::Errand;
using cloud::ErrandStage;
using cloud::if_found;
using std::chrono::milliseconds;

constexpr std::size_t kLotMax = 100;
constexpr std::size_t kErrandsPerRound = 50;  ///< so that a stop, and other errands, do not wait for thousands
constexpr milliseconds kDoubtPauseMax{4'000};
constexpr milliseconds kFirstPause{1'000}, kSilencePauseMax{60'000}, kRefusalPauseMax{3'600'000};
/// How often a module is asked for that may be on its way, and one that has not been told anything yet.
constexpr milliseconds kTravelPauseMax{10'000}, kRestPauseMax{600'000};

cloud::ModuleElsewhere module_of(const Errand& errand, std::string pem = "") {
  return {errand.thing_name, errand.fingerprint, std::move(pem), errand.keeps_thing};
}

bool is_passing(const Error& error) { return error.code == Errc::unavailable; }

}  // namespace

Status ErrandRound::make(const cloud::Registry& view, Clock::time_point now, const std::stop_token& stop) {
  now_ = now;
  stop_ = stop;
  ++round_;
  XL_TRY(const bool is_reconciling, cloud::rules::is_reconciling(view));
  if (is_reconciling) return {};  // an errand of the backup's may be the opposite of what is wanted by now
  calls_left_ = kErrandsPerRound;
  XL_CHECK(look_at(view, ErrandStage::withdraw));
  XL_CHECK(look_at(view, ErrandStage::prepare));
  return now_ < arrivals_next_ ? Status() : look_for_arrivals(view);
}

Status ErrandRound::look_for_arrivals(const cloud::Registry& view) {
  const auto began = Clock::now();
  XL_CHECK(look_at(view, ErrandStage::watch));
  if (calls_left_ == kErrandsPerRound) arrivals_next_ = now_ + 20 * (Clock::now() - began);
  if (calls_left_ > 0 && !stop_.stop_requested())
    std::erase_if(paces_, [this](const auto& entry) { return entry.second.round != round_; });
  return {};
}

Status ErrandRound::look_at(const cloud::Registry& view, ErrandStage stage) {
  std::int64_t number = 0;
  for (bool more = true; more;) {
    XL_TRY(const auto errands, view.errands().in_stage(stage, number, kLotMax));
    more = errands.size() == kLotMax;
    for (const auto& [place, errand] : errands) {
      if (stop_.stop_requested() || calls_left_ == 0) return {};
      number = place;
      const Status ran = run(view, errand);
      if (!ran && !stop_.stop_requested()) return ran;
    }
  }
  return {};
}

Result<ErrandRound::Reached*> ErrandRound::reach(const cloud::Registry& view, const std::string& account_id) {
  Reached& reached = accounts_[account_id];
  if (reached.round == round_) return &reached;
  reached.round = round_;
  XL_TRY(const cloud::Elsewhere elsewhere, view.elsewhere().find(account_id));
  const bool is_known = reached.elsewhere.account_id == account_id &&
                        reached.elsewhere.modified == elsewhere.modified &&
                        reached.elsewhere.sealed_secret == elsewhere.sealed_secret;
  if (is_known) return &reached;
  // Its owner has mended something: whatever was put off is worth a new attempt.
  reached = {elsewhere, nullptr, {}, round_};
  for (auto& [key, pace] : paces_) {
    if (key.first == account_id) pace = {};
  }
  auto made = ports_.reach(elsewhere);
  if (!made) log::error("elsewhere", "account not usable", {{"account", account_id}, {"reason", made.error().detail}});
  if (made) reached.registry = *std::move(made);
  return &reached;
}

Status ErrandRound::run(const cloud::Registry& view, const Errand& errand) {
  XL_TRY(Reached* const reached, reach(view, errand.account_id));
  Pace& pace = paces_[{errand.account_id, errand.fingerprint}];
  pace.round = round_;
  if (reached->pace.next > now_) return {};
  return run_in(view, errand, pace, *reached);
}

Status ErrandRound::run_in(const cloud::Registry& view, const Errand& errand, Pace& pace, Reached& reached) {
  if (errand.stage == ErrandStage::watch) return watch(view, errand, pace, reached);
  const auto mark = -1 - static_cast<std::int64_t>(errand.stage);
  if (pace.mark != mark) pace = {.mark = mark, .round = round_};
  if (pace.next > now_) return {};
  --calls_left_;
  return errand.stage == ErrandStage::prepare ? prepare(view, errand, pace, reached) : withdraw(errand, pace, reached);
}

Status ErrandRound::prepare_there(const cloud::Registry& view, const cloud::Claim& claim, Errand& errand,
                                  Reached& reached, std::int64_t& seen_before) {
  if (!reached.registry)
    return fail(Error::forbidden("the secret of the account's access key cannot be read; give it again"));
  XL_TRY(const auto certificate, if_found(view.certificates().find(claim.vendor_account, errand.fingerprint)));
  if (!certificate) return fail(Error::forbidden("the module's vendor has its certificate no longer"));
  XL_TRY(const bool has_thing, reached.registry->check(module_of(errand)));
  const auto sent = std::make_shared<Errand>(errand);
  XL_CHECK(ports_.write([sent, has_thing](cloud::Registry& registry) {
    return onboarding::note_sent(registry, *sent, has_thing, wall_now());
  }));
  errand = *sent;
  XL_CHECK(reached.registry->prepare(module_of(errand, certificate->pem)));
  // What the account has seen of the module before it is told anything is no arrival.
  const auto presence = reached.registry->presence_of(errand.thing_name);
  if (!presence && is_passing(presence.error())) return fail(presence.error());
  seen_before = presence ? presence->since : 0;
  return {};
}

Status ErrandRound::prepare(const cloud::Registry& view, const Errand& wanted, Pace& pace, Reached& reached) {
  XL_TRY(const auto claim, if_found(view.claims().find(wanted.claim_id)));
  if (!claim || claim->state != cloud::ClaimState::reserved) {
    return write([wanted](cloud::Registry& registry) { return onboarding::note_kept(registry, wanted, wall_now()); });
  }
  Errand errand = wanted;
  std::int64_t seen_before = 0;
  Status done = prepare_there(view, *claim, errand, reached, seen_before);
  if (done) {
    done = reached.registry->admits(module_of(errand));
    // What was attached a moment ago may not count yet.
    const bool is_doubtful = !done && !is_passing(done.error()) && pace.delay < kDoubtPauseMax;
    if (is_doubtful) return put_off(errand, pace, done.error().detail, false);
  }
  if (done) {
    reached.pace = {};
    ++counts_->prepared;
    log::info("elsewhere", "module prepared", {{"account", errand.account_id}, {"claim", errand.claim_id}});
    return write([errand, seen_before, times = ports_.times](cloud::Registry& registry) {
      return onboarding::note_prepared(registry, times, errand, seen_before, wall_now());
    });
  }
  if (done.error().code == Errc::conflict) return {};
  if (is_passing(done.error())) return put_off(errand, reached.pace, done.error().detail, false);
  ++counts_->refused;
  log::warn("elsewhere", "module not taken",
            {{"account", errand.account_id}, {"claim", errand.claim_id}, {"reason", done.error().detail}});
  return write([errand, reason = done.error().detail, times = ports_.times](cloud::Registry& registry) {
    return onboarding::note_misconfigured(registry, times, errand, reason, wall_now());
  });
}

Status ErrandRound::withdraw(const Errand& errand, Pace& pace, Reached& reached) {
  const Status done = reached.registry
                          ? reached.registry->withdraw(module_of(errand))
                          : fail(Error::forbidden("the secret of the account's access key cannot be read"));
  if (!done && is_passing(done.error())) return put_off(errand, reached.pace, done.error().detail, false);
  if (!done) return put_off(errand, pace, done.error().detail, true);
  reached.pace = {};
  ++counts_->withdrawn;
  log::info("elsewhere", "module withdrawn", {{"account", errand.account_id}, {"thing", errand.thing_name}});
  return write(
      [errand](cloud::Registry& registry) { return onboarding::note_withdrawn(registry, errand, wall_now()); });
}

Status ErrandRound::watch(const cloud::Registry& view, const Errand& errand, Pace& pace, Reached& reached) {
  XL_TRY(const auto claim, if_found(view.claims().find(errand.claim_id)));
  if (!claim || !claim->is_live()) {
    return write([errand](cloud::Registry& registry) { return onboarding::note_kept(registry, errand, wall_now()); });
  }
  if (pace.mark != claim->epoch)
    pace = {.next = now_ + kFirstPause, .delay = kFirstPause, .mark = claim->epoch, .round = round_};
  if (pace.next > now_ || !reached.registry || ports_.is_connected(claim->vendor_account, claim->thing_name)) return {};
  --calls_left_;
  const auto presence = reached.registry->presence_of(errand.thing_name);
  if (!presence && is_passing(presence.error())) return put_off(errand, reached.pace, presence.error().detail, false);
  reached.pace = {};
  if (!presence && pace.delay < kRestPauseMax) {  // some accounts do not say; their owners confirm claims themselves
    log::warn("elsewhere", "arrivals cannot be seen",
              {{"account", errand.account_id}, {"claim", claim->id}, {"reason", presence.error().detail}});
  }
  const bool is_there = presence && presence->is_connected &&
                        (presence->since > errand.seen_before || (presence->since == 0 && errand.seen_before == 0));
  if (!is_there) {
    const auto most = !presence || claim->state == cloud::ClaimState::prepared ? kRestPauseMax : kTravelPauseMax;
    pace.delay = presence ? std::min(pace.delay * 3 / 2, most) : most;
    pace.next = now_ + pace.delay;
    return look_for_refusal(*claim, errand, reached);
  }
  ++counts_->arrived;
  log::info("elsewhere", "module arrived", {{"account", errand.account_id}, {"claim", claim->id}});
  return write([errand, times = ports_.times](cloud::Registry& registry) {
    return onboarding::note_arrival_elsewhere(registry, times, errand, wall_now());
  });
}

/// Only the account elsewhere sees the module knock. Once it may be on its way, and has not arrived, what it would be
/// told there is asked for.
Status ErrandRound::look_for_refusal(const cloud::Claim& claim, const Errand& errand, Reached& reached) {
  if (!claim.may_have_moved()) return {};
  const Status welcome = reached.registry->admits(module_of(errand));
  if (welcome) return {};
  if (is_passing(welcome.error())) return put_off(errand, reached.pace, welcome.error().detail, false);
  log::warn("elsewhere", "module would be refused",
            {{"account", errand.account_id}, {"claim", claim.id}, {"reason", welcome.error().detail}});
  return write([errand, reason = welcome.error().detail, times = ports_.times](cloud::Registry& registry) {
    return onboarding::note_refused_elsewhere(registry, times, errand, reason, wall_now());
  });
}

Status ErrandRound::put_off(const Errand& errand, Pace& pace, const std::string& reason, bool is_refusal) {
  ++(is_refusal ? counts_->refused : counts_->unanswered);
  const auto most = is_refusal ? kRefusalPauseMax : kSilencePauseMax;
  pace.delay = std::clamp(pace.delay * 2, kFirstPause, most);
  pace.next = now_ + pace.delay;
  log::warn("elsewhere", "put off",
            {{"account", errand.account_id}, {"errand", std::string(name_of(errand.stage))}, {"reason", reason}});
  if (errand.stage == ErrandStage::watch || stop_.stop_requested()) return {};
  return write([errand, reason](cloud::Registry& registry) {
    return onboarding::note_waiting(registry, errand, reason, wall_now());
  });
}

Status ErrandRound::write(cloud::RegistryStore::Work work) {
  const Status written = ports_.write(std::move(work));
  if (!written && written.error().code == Errc::conflict) return {};
  return written;
}

}  // namespace xl::installation
