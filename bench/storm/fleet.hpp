// SPDX-License-Identifier: Apache-2.0
// All modules of a run on one epoll loop: who connects when, who publishes when, when all leave.
#pragma once
#include <csignal>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "module.hpp"
#include "progress.hpp"

namespace xl::storm {

class Fleet final : public Ground {
 public:
  Fleet(const Options& options, const Fleetwide& shared, const volatile std::sig_atomic_t& interrupted);
  ~Fleet() override;

  /// Until everything is done or interrupted. errors: unavailable (the address does not resolve, too few descriptors)
  Status run();
  Times times() const { return times_; }

 private:
  enum class Phase { connecting, holding, draining, done };
  using Due = std::pair<Clock::time_point, Module*>;

  void on_open(Module& module) override;
  void on_told(Module& module) override;
  void on_answer(Module& module) override;
  void on_failed(Module& module, bool was_open) override;

  Status prepare();
  void turn();
  Clock::time_point next_time() const;
  void start_due();
  void publish_due();
  void every_second();
  void advance();
  void begin_hold();
  void begin_drain();
  void leave_all();
  void again(Module& module);
  bool may_publish(const Module& module) const;
  bool is_through() const;

  const Options& given_;
  const Fleetwide& shared_;
  const volatile std::sig_atomic_t& interrupted_;
  std::deque<Module> modules_;
  std::deque<Module*> waiting_;  ///< to connect
  std::priority_queue<Due, std::vector<Due>, std::greater<>> publish_at_;
  Progress progress_;
  Times times_;
  Phase phase_ = Phase::connecting;
  std::size_t under_way_ = 0, open_ = 0;
  Clock::time_point now_, phase_began_, phase_ends_, next_start_, next_second_;
  int seconds_ = 0;
};

}  // namespace xl::storm
