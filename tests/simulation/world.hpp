// SPDX-License-Identifier: Apache-2.0
// A vendor, five customers and a thousand modules over the product's own registry and use cases, in virtual time and
// with one seed: whatever goes wrong in whatever order, the rules of docs/onboarding.md hold after every step.
#pragma once
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/provisioning/jitp.hpp"

namespace xl::simulation {

/// What a vendor's factory has, made once for all seeds: signatures are the dearest part.
struct Factory {
  std::string voucher_key_public;
  std::vector<crypto::Voucher> vouchers;  ///< of module i
};
Factory make_factory(std::size_t modules);

class World {
 public:
  World(cloud::Registry& registry, const Factory& factory, std::uint64_t seed);

  /// Accounts, grants, the vendor's CA and key. Once, first.
  Status found();
  /// One thing happens to one module; then everything that must hold of it is checked.
  /// errors: internal (says which rule is broken)
  Status step();
  /// Nothing fails any more: every claim that is on its way comes to an end.
  Status settle_all();

  const std::map<std::string, int>& happened() const { return happened_; }
  std::string story() const;  ///< the last steps, oldest first

 private:
  struct Module {
    std::size_t number = 0;
    std::string name, fingerprint;
    std::string endpoint;  ///< account id that it dials
    std::string session;   ///< empty: it is not connected
    std::string connected_to;
    bool is_guest = false;                         ///< in staging
    std::pair<std::string, std::int64_t> heard{};  ///< the last notice: claim and attempt
  };

  bool chance(int percent) { return std::uniform_int_distribution<int>(1, 100)(random_) <= percent; }
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  Module& some_module();
  const cloud::Account& some_customer() { return customers_[below(customers_.size())]; }
  const cloud::Account& account_of(const std::string& id) const;
  cloud::DeviceCertificate certificate_of(const Module& module) const;
  cloud::onboarding::Settings settings();

  /// `work` in a transaction of its own. A crash before it is durable undoes it; one after it is durable keeps it and
  /// forgets the answer. False: it has crashed, or failed.
  bool commit(Module& module, const std::function<Status()>& work);
  void leave(Module& module);

  Status act(Module& module);
  Status act_of_people(Module& module, int what);
  Status connect(Module& module);
  Status connect_to_staging(Module& module);
  Status connect_to_customer(Module& module);
  Result<cloud::provisioning::Principal> admit(const cloud::Account& account, const Module& module);
  Status hear(Module& module);
  Status claim(Module& module);
  Status cancel(Module& module);
  Status retry(Module& module);
  Status offboard(Module& module);
  Status toggle_certificate(Module& module);
  Status lock(Module& module);
  Status let_time_pass();
  Status sweep_staging();
  Status sweep_stuck(Module& module);

  Status check(const Module& module) const;
  Status check_chain(const Module& module, const cloud::Custody& custody) const;
  void note(const std::string& what) { ++happened_[what]; }
  void tell(const Module& module, const std::string& what);

  cloud::Registry& registry_;
  const Factory& factory_;
  std::mt19937_64 random_;
  bool faults_ = true;
  UnixMillis now_ = from_millis(1'800'000'000'000);
  std::int64_t sessions_ = 0;
  std::size_t window_ = 0;
  cloud::Account vendor_;
  std::vector<cloud::Account> customers_;
  std::vector<Module> modules_;
  std::map<std::string, std::size_t> by_name_;
  std::map<std::string, int> happened_;
  std::vector<std::string> story_;
};

}  // namespace xl::simulation
