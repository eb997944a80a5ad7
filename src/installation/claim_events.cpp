// SPDX-License-Identifier: Apache-2.0
#include "installation/claim_events.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/log.hpp"
#include "base/text.hpp"

namespace xl::installation {
namespace {

constexpr std::string_view kCursor = "claim_events";
constexpr std::size_t kLotMax = 100;
constexpr std::chrono::milliseconds kPause{500};

class Teller {
 public:
  Teller(cloud::RegistryStore& store, cloud::MessageBus& bus) : store_(store), bus_(bus) {}

  /// What has not been told yet. An engine that is away is asked again the next time.
  Status tell_news(const std::stop_token& stop) {
    XL_CHECK(look_up());
    for (bool more = true; more;) {
      XL_TRY(const auto news, view_->claims().entries_after(told_, kLotMax));
      more = news.size() == kLotMax;
      const std::int64_t before = told_;
      for (const auto& [number, change] : news) {
        const Status sent = tell(change);
        if (!sent && sent.error().code != Errc::unavailable) return sent;
        if (!sent || stop.stop_requested()) more = false;
        if (!sent) break;
        told_ = number;
      }
      if (told_ != before) write_down();
      if (stop.stop_requested()) break;
    }
    return {};
  }

 private:
  Status look_up() {
    if (view_) return {};
    XL_TRY(auto view, store_.open_view());
    XL_TRY(told_, view->cursors().find(kCursor));
    view_ = std::move(view);
    return {};
  }

  Status tell(const cloud::ClaimEntry& change) {
    XL_TRY(const cloud::Claim claim, view_->claims().find(change.claim_id));
    const cloud::Message event = claim_event(claim, change);
    XL_CHECK(bus_.publish(claim.account_id, event));
    return bus_.publish(claim.vendor_account, event);
  }

  /// Not waited for: what a crash forgets is told once more.
  void write_down() {
    store_.submit([told = told_](cloud::Registry& registry) { return registry.cursors().put(kCursor, told); },
                  [](const Status& status) {
                    if (!status)
                      log::error("onboarding", "claim events not noted", {{"reason", status.error().detail}});
                  });
  }

  cloud::RegistryStore& store_;
  cloud::MessageBus& bus_;
  std::unique_ptr<const cloud::Registry> view_;
  std::int64_t told_ = 0;
};

}  // namespace

cloud::Message claim_event(const cloud::Claim& claim, const cloud::ClaimEntry& change) {
  const auto text = [](std::string_view value) { return boost::json::string(value); };
  boost::json::object body{{"claimId", claim.id},
                           {"version", change.epoch},
                           {"thingName", claim.thing_name},
                           {"accountId", claim.account_id},
                           {"vendorAccountId", claim.vendor_account},
                           {"state", text(name_of(change.state))},
                           {"timestamp", to_millis(change.at)}};
  if (change.stall != cloud::Stall::none) body["stall"] = text(name_of(change.stall));
  if (!change.reason.empty()) body["reason"] = change.reason;
  return {"$expresslink/events/claims/" + claim.thing_name + "/" + to_lower(name_of(change.state)),
          boost::json::serialize(body), 1};
}

ClaimEvents::ClaimEvents(cloud::RegistryStore& registry, cloud::MessageBus& bus)
    : thread_([&registry, &bus](const std::stop_token& stop) {
        Teller teller(registry, bus);
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          const Status told = teller.tell_news(stop);
          if (!told && !stop.stop_requested())
            log::error("onboarding", "claim events not told", {{"reason", told.error().detail}});
          wake.wait_for(lock, stop, kPause, [] { return false; });
        }
      }) {}

}  // namespace xl::installation
