// SPDX-License-Identifier: Apache-2.0
// A whole cloud without its pages: SQLite registry, private Mosquitto, gateway, two staging accounts, a customer's.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/ports/registry.hpp"
#include "gateway/engines/mosquitto.hpp"
#include "gateway/gateway.hpp"
#include "pki/authority.hpp"
#include "temporary_folder.hpp"

namespace xl::gateway::testing {

using xl::test::TemporaryFolder;

/// Asks until the condition holds; false when it does not within ten seconds.
bool eventually(const std::function<bool()>& condition);

/// What a factory gives a module.
struct Identity {
  std::string thing_name;
  pki::Certificate certificate;
  pki::PrivateKey key;
  const std::string& id() const { return certificate.facts().fingerprint; }
};

struct Vendor {
  pki::Authority root, issuing_ca;
  static Vendor create(const std::string& name);
  /// A birth certificate made `age` ago; it is good for twenty years.
  Identity issue(std::chrono::hours age = {}) const;
  std::string name;
};

/// Passes everything on to a real store; can keep the writer's answers back.
class HeldStore final : public cloud::RegistryStore {
 public:
  explicit HeldStore(std::unique_ptr<cloud::RegistryStore> store) : store_(std::move(store)) {}
  Result<std::unique_ptr<const cloud::Registry>> open_view() override { return store_->open_view(); }
  void submit(Work work, Done done, Urgency urgency) override;
  void watch_changes(std::function<void()> watcher) override { store_->watch_changes(std::move(watcher)); }

  void hold();
  std::size_t held() const;
  /// Writes what was kept back, in order, and goes on.
  void release();

 private:
  std::unique_ptr<cloud::RegistryStore> store_;
  mutable std::mutex mutex_;
  bool holds_ = false;
  struct Waiting {
    Work work;
    Done done;
    Urgency urgency;
  };
  std::vector<Waiting> waiting_;
};

class Cloud {
 public:
  explicit Cloud(bool drop_first_connection = false, const Deadlines& deadlines = {},
                 std::size_t publishes_per_second = 0,
                 const Rate& connects_per_certificate = {.burst = 100'000, .per_second = 1});  // restless devices
  ~Cloud();

  std::uint16_t port() const { return gateway_->listeners().front().port; }
  Gateway& gateway() { return *gateway_; }
  MosquittoChild& engine() { return *engine_; }
  HeldStore& store() { return *store_; }
  const cloud::Registry& view() const { return *view_; }
  void write(const cloud::RegistryStore::Work& work);
  void stop_gateway() { gateway_.reset(); }

  /// Registers the vendor's issuing CA with a JITP template whose policy is `statements` (JSON, in a list).
  void enroll(const cloud::Account& account, const Vendor& vendor, const std::string& statements = kAllowAll);
  void update_ca(const cloud::Account& account, const Vendor& vendor,
                 const std::function<void(cloud::CaCertificate&)>& change);
  void set_status(const cloud::Account& account, const Identity& identity, cloud::CertificateStatus status);

  /// Everything the account's bus says on a filter from now on, whoever says it.
  class Ear;
  std::unique_ptr<Ear> listen(const cloud::Account& account, const std::string& filter);
  void say(const cloud::Account& account, const cloud::Message& message);

  inline static const std::string kAllowAll = R"({"Effect":"Allow","Action":"iot:*","Resource":"*"})";
  inline static const std::string kDomain = "iot.localhost";
  const cloud::Account staging{"111111111111", "staging", cloud::AccountKind::staging, "aaaaaa", {}};
  const cloud::Account other{"222222222222", "other", cloud::AccountKind::staging, "bbbbbb", {}};
  const cloud::Account customer{"333333333333", "oem", cloud::AccountKind::customer, "cccccc", {}};
  static std::string endpoint(const cloud::Account& account) { return cloud::endpoint_of(account, kDomain); }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<HeldStore> store_;
  std::unique_ptr<const cloud::Registry> view_;
  std::unique_ptr<MosquittoChild> engine_;
  std::unique_ptr<Gateway> gateway_;
};

class Cloud::Ear {
 public:
  /// The message on `topic`, waited for; empty topic: none came.
  cloud::Message hear(const std::string& topic);
  std::vector<cloud::Message> heard() const;

 private:
  friend class Cloud;
  struct Memory {
    std::mutex mutex;
    std::vector<cloud::Message> messages;
  };
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  std::unique_ptr<cloud::MessageBus::Subscription> subscription_;
};

}  // namespace xl::gateway::testing
