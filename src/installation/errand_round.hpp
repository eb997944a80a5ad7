// SPDX-License-Identifier: Apache-2.0
// One look at the outbox: what is due is done in the accounts elsewhere, and what became of it is written down.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "cloud/onboarding/saga.hpp"
#include "cloud/ports/elsewhere.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

/// Since this process began.
struct ErrandCounts {
  std::atomic<std::uint64_t> prepared = 0, withdrawn = 0, arrived = 0;
  std::atomic<std::uint64_t> refused = 0;     ///< the account elsewhere said no
  std::atomic<std::uint64_t> unanswered = 0;  ///< it said nothing, or not now
};

struct ErrandPorts {
  /// Durable when it returns.
  std::function<Status(cloud::RegistryStore::Work)> write;
  std::function<Result<std::unique_ptr<cloud::CustomerRegistry>>(const cloud::Elsewhere&)> reach;
  /// The module is connected to its vendor's account now.
  std::function<bool(std::string_view account_id, std::string_view client_id)> is_connected;
  cloud::onboarding::ClaimTimes times;
};

class ErrandRound {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ErrandRound(ErrandPorts ports, std::shared_ptr<ErrandCounts> counts)
      : ports_(std::move(ports)), counts_(std::move(counts)) {}

  /// Blocks while accounts elsewhere are asked. One that does not answer is left alone for a while, longer each time.
  /// errors: those of the registry here
  Status make(const cloud::Registry& view, Clock::time_point now, const std::stop_token& stop);

 private:
  using Key = std::pair<std::string, std::string>;  ///< account, fingerprint
  /// When something is tried again.
  struct Pace {
    Clock::time_point next{};
    std::chrono::milliseconds delay{0};
    std::int64_t mark = 0;  ///< of what it is about: another one starts at once
    std::uint64_t round = 0;
  };
  struct Reached {
    cloud::Elsewhere elsewhere;
    std::unique_ptr<cloud::CustomerRegistry> registry;
    Pace pace;
    std::uint64_t round = 0;  ///< in which it was looked up
  };

  Status look_at(const cloud::Registry& view, cloud::ErrandStage stage);
  /// Seldom when there are many: what is only waited for must not cost more than a twentieth of a core.
  Status look_for_arrivals(const cloud::Registry& view);
  Result<Reached*> reach(const cloud::Registry& view, const std::string& account_id);
  Status run(const cloud::Registry& view, const cloud::Errand& errand);
  Status run_in(const cloud::Registry& view, const cloud::Errand& errand, Pace& pace, Reached& reached);
  Status prepare(const cloud::Registry& view, const cloud::Errand& errand, Pace& pace, Reached& reached);
  Status prepare_there(const cloud::Registry& view, const cloud::Claim& claim, cloud::Errand& errand, Reached& reached,
                       std::int64_t& seen_before);
  Status withdraw(const cloud::Errand& errand, Pace& pace, Reached& reached);
  Status watch(const cloud::Registry& view, const cloud::Errand& errand, Pace& pace, Reached& reached);
  Status look_for_refusal(const cloud::Claim& claim, const cloud::Errand& errand, Reached& reached);
  Status put_off(const cloud::Errand& errand, Pace& pace, const std::string& reason, bool is_refusal);
  /// Somebody who was faster is no failure: the next round reads again.
  Status write(cloud::RegistryStore::Work work);

  const ErrandPorts ports_;
  const std::shared_ptr<ErrandCounts> counts_;
  std::map<std::string, Reached> accounts_;
  std::map<Key, Pace> paces_;
  std::uint64_t round_ = 0;
  std::size_t calls_left_ = 0;
  Clock::time_point now_{}, arrivals_next_{};
  std::stop_token stop_;
};

}  // namespace xl::installation
