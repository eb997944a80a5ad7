// SPDX-License-Identifier: Apache-2.0
// The domain's ports in memory: viewer grants, a bus of exact topics, presence.
#pragma once
#include <atomic>
#include <cstdlib>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::console::test {

class FakeGrants final : public cloud::ViewerGrants {
 public:
  Status put(const Grant& grant) override {
    const std::scoped_lock lock(mutex_);
    grants_[grant.thing_name] = grant;
    return {};
  }
  Result<Grant> find(std::string_view account_id, std::string_view thing_name) const override {
    auto grant = find_by_thing(thing_name);
    if (grant && grant->account_id != account_id) return fail(Error::not_found("grant", thing_name));
    return grant;
  }
  Result<Grant> find_by_thing(std::string_view thing_name) const override {
    const std::scoped_lock lock(mutex_);
    const auto found = grants_.find(std::string(thing_name));
    if (found == grants_.end()) return fail(Error::not_found("grant", thing_name));
    return found->second;
  }
  Status remove(std::string_view, std::string_view thing_name) override {
    const std::scoped_lock lock(mutex_);
    grants_.erase(std::string(thing_name));
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Grant> grants_;
};

/// The console reads viewer grants and nothing else; anything else ends the test.
class FakeRegistry final : public cloud::Registry {
 public:
  explicit FakeRegistry(FakeGrants& grants) : grants_(grants) {}
  cloud::Accounts& accounts() override { std::abort(); }
  cloud::Certificates& certificates() override { std::abort(); }
  cloud::CaCertificates& ca_certificates() override { std::abort(); }
  cloud::CertificateTransfers& transfers() override { std::abort(); }
  cloud::Tombstones& tombstones() override { std::abort(); }
  cloud::Things& things() override { std::abort(); }
  cloud::ThingTypes& thing_types() override { std::abort(); }
  cloud::ThingGroups& thing_groups() override { std::abort(); }
  cloud::Policies& policies() override { std::abort(); }
  cloud::Templates& templates() override { std::abort(); }
  cloud::RegistrationTasks& registration_tasks() override { std::abort(); }
  cloud::Tags& tags() override { std::abort(); }
  cloud::CustodyLedger& custody() override { std::abort(); }
  cloud::ClosedAccounts& closed_accounts() override { std::abort(); }
  cloud::Sightings& sightings() override { std::abort(); }
  cloud::Claims& claims() override { std::abort(); }
  cloud::ClaimGrants& claim_grants() override { std::abort(); }
  cloud::Findings& findings() override { std::abort(); }
  cloud::ResetRules& reset_rules() override { std::abort(); }
  cloud::Cursors& cursors() override { std::abort(); }
  cloud::ElsewhereAccounts& elsewhere() override { std::abort(); }
  cloud::Errands& errands() override { std::abort(); }
  cloud::ViewerGrants& viewer_grants() override { return grants_; }
  cloud::LoginStrings& login_strings() override { std::abort(); }
  cloud::RetainedTopics& retained_topics() override { std::abort(); }
  Status attempt(const std::function<Status()>&) override { std::abort(); }
  Result<cloud::Changes> changes_after(std::int64_t) const override { std::abort(); }

 private:
  FakeGrants& grants_;
};

class FakeStore final : public cloud::RegistryStore {
 public:
  FakeGrants grants;
  Result<std::unique_ptr<const cloud::Registry>> open_view() override { return std::make_unique<FakeRegistry>(grants); }
  void submit(Work, Done, Urgency) override { std::abort(); }
  void watch_changes(std::function<void()>) override { std::abort(); }
};

class FakeBus final : public cloud::MessageBus {
 public:
  Status publish(std::string_view account_id, const cloud::Message& message) override {
    if (away) return fail(Error::unavailable("engine away"));
    const std::scoped_lock lock(mutex_);
    for (const auto& [filter, handler] : handlers_)
      if (filter == std::string(account_id) + " " + message.topic) handler(message);
    published.push_back(message);
    return {};
  }
  std::unique_ptr<Subscription> subscribe(std::string_view account_id, std::string_view filter,
                                          Handler handler) override {
    const std::scoped_lock lock(mutex_);
    handlers_.emplace_front(std::string(account_id) + " " + std::string(filter), std::move(handler));
    return std::make_unique<Ending>(*this, handlers_.begin());
  }
  std::size_t subscriptions() const {
    const std::scoped_lock lock(mutex_);
    return handlers_.size();
  }

  std::atomic<bool> away = false;
  std::vector<cloud::Message> published;

 private:
  using Handlers = std::list<std::pair<std::string, Handler>>;
  struct Ending final : Subscription {
    Ending(FakeBus& on, Handlers::iterator entry) : bus(on), at(entry) {}
    ~Ending() override {
      const std::scoped_lock lock(bus.mutex_);
      bus.handlers_.erase(at);
    }
    FakeBus& bus;
    Handlers::iterator at;
  };
  mutable std::mutex mutex_;
  Handlers handlers_;
};

class FakePresence final : public cloud::Presence {
 public:
  bool is_connected(std::string_view, std::string_view) const override { return connected_; }
  std::string session_of(std::string_view, std::string_view) const override { return connected_ ? "session" : ""; }
  std::string listening_session_of(std::string_view account, std::string_view client) const override {
    return session_of(account, client);
  }
  std::optional<UnixMillis> connected_since(std::string_view, std::string_view) const override {
    return connected_ ? std::optional(UnixMillis{}) : std::nullopt;
  }
  std::unique_ptr<cloud::MessageBus::Subscription> watch(std::string_view, std::string_view, Handler handler) override {
    handler(connected_);
    const std::scoped_lock lock(mutex_);
    handlers_.push_back(std::move(handler));
    return std::make_unique<cloud::MessageBus::Subscription>();
  }
  void set(bool connected) {
    connected_ = connected;
    const std::scoped_lock lock(mutex_);
    for (const Handler& handler : handlers_) handler(connected);
  }

 private:
  std::atomic<bool> connected_ = true;
  std::mutex mutex_;
  std::vector<Handler> handlers_;
};

}  // namespace xl::console::test
