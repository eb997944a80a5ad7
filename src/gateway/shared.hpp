// SPDX-License-Identifier: Apache-2.0
// What every session of one gateway uses. Lives on the reactor's thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "cloud/onboarding/attempts.hpp"
#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/services/service.hpp"
#include "gateway/account_meter.hpp"
#include "gateway/bus.hpp"
#include "gateway/counters.hpp"
#include "gateway/door.hpp"
#include "gateway/gateway.hpp"
#include "gateway/lookup.hpp"
#include "gateway/places.hpp"
#include "gateway/retained_index.hpp"

namespace xl::gateway {

/// Every session that exists, connected or not yet: a stopping gateway must end them all.
class SessionRoll {
 public:
  void add(Session* session);
  void remove(Session* session);
  std::vector<std::shared_ptr<Session>> all() const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;  // the last holder of a session may be the registry's writer
  std::unordered_set<Session*> sessions_;
};

struct Shared {
  boost::asio::io_context& reactor;
  const GatewayOptions& options;
  cloud::RegistryStore& store;
  Lookup& lookup;
  Bus& bus;
  Places& places;
  AtomicCounters& counters;
  SessionRoll& roll;
  Door& door;
  AccountMeter& accounts;
  RetainedIndex& retained;
  const cloud::services::Backend& services;
  std::shared_ptr<cloud::onboarding::Attempts> claim_attempts = std::make_shared<cloud::onboarding::Attempts>();
};

/// What claims need that a session of this gateway moves along.
cloud::onboarding::Settings claim_settings(const Shared& shared);

}  // namespace xl::gateway
