// SPDX-License-Identifier: Apache-2.0
#include "installation/errands.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "installation/waited_write.hpp"

namespace xl::installation {
namespace {

constexpr std::chrono::milliseconds kPause{300}, kPauseAfterFailure{5'000};

Status make_round(ErrandRound& round, cloud::RegistryStore& store, std::unique_ptr<const cloud::Registry>& view,
                  const std::stop_token& stop) {
  if (!view) {
    XL_TRY(view, store.open_view());
  }
  return round.make(*view, ErrandRound::Clock::now(), stop);
}

}  // namespace

Errands::Errands(cloud::RegistryStore& registry, const cloud::Presence& presence, cloud::onboarding::ClaimTimes times,
                 ReachElsewhere reach)
    : thread_([&registry, &presence, times, reach = std::move(reach), counts = counts_](const std::stop_token& stop) {
        ErrandPorts ports;
        ports.write = [&registry, stop](cloud::RegistryStore::Work work) {
          return write_unless_stopped(registry, std::move(work), stop);
        };
        ports.reach = [reach, stop](const cloud::Elsewhere& elsewhere) { return reach(elsewhere, stop); };
        ports.is_connected = [&presence](std::string_view account, std::string_view client) {
          return presence.is_connected(account, client);
        };
        ports.times = times;
        ErrandRound round(std::move(ports), counts);
        std::unique_ptr<const cloud::Registry> view;
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          const Status made = make_round(round, registry, view, stop);
          if (!made && !stop.stop_requested())
            log::error("elsewhere", "a round failed", {{"reason", made.error().detail}});
          wake.wait_for(lock, stop, made ? kPause : kPauseAfterFailure, [] { return false; });
        }
      }) {}

}  // namespace xl::installation
