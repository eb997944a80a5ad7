// SPDX-License-Identifier: Apache-2.0
// The registry as the gateway asks it, over and over, for the same few things: remembered until they change.
// Lives on the reactor's thread.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.hpp"
#include "cloud/policy/policy.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "gateway/memory.hpp"
#include "pki/certificate.hpp"

namespace xl::gateway {

class Lookup {
 public:
  /// `defaults`: limits of accounts that have none of their own.
  explicit Lookup(const cloud::Registry& view, const cloud::limits::AccountLimits& defaults = {})
      : view_(view), defaults_(defaults) {}

  /// The account behind an endpoint, by the endpoint's first label. errors: not_found, io
  Result<std::string> account_id_of(std::string_view endpoint_prefix);
  Result<cloud::Account> account(std::string_view id);

  /// The account's own settings over the defaults; these alone when the registry cannot be read just now.
  const cloud::limits::AccountLimits& limits(const std::string& account_id);

  using PrincipalPtr = std::shared_ptr<const cloud::provisioning::Principal>;
  /// As provisioning::admit_known().
  Result<PrincipalPtr> admit_known(const cloud::Account& account, const std::string& certificate_id,
                                   UnixMillis now = wall_now());
  /// errors: invalid_argument (a stored policy that does not parse)
  Result<cloud::policy::PolicySet> policies_of(const cloud::provisioning::Principal& principal);
  /// The CA's certificate, parsed. errors: invalid_argument
  Result<pki::Certificate> certificate_of(const cloud::CaCertificate& ca);
  /// The login string that the principal showed last; empty: none is known.
  std::string login_string(const std::string& account_id, const std::string& certificate_id);
  /// It has shown another.
  void note_login_string(const std::string& account_id, const std::string& certificate_id, std::string login);
  /// That the principal was seen is written down.
  void note_sighting(const std::string& account_id, const std::string& certificate_id);

  const cloud::Registry& registry() const { return view_; }

  /// The answers above know of every commit made before this call.
  Status refresh();
  /// Whose sessions must be looked at again, since the last call.
  struct Touched {
    bool everybody = false;
    std::set<std::string> certificates, accounts;
    bool contains(const std::string& account_id, const std::string& certificate_id) const {
      return everybody || certificates.contains(certificate_id) || accounts.contains(account_id);
    }
    bool empty() const { return !everybody && certificates.empty() && accounts.empty(); }
  };
  Touched take_touched() { return std::exchange(touched_, {}); }

 private:
  using PrincipalKey = std::pair<std::string, std::string>;  ///< certificate id, account id

  const cloud::Registry& view_;
  const cloud::limits::AccountLimits defaults_;
  std::int64_t seen_ = 0;
  Touched touched_;
  Memory<std::string, std::string> endpoints_{10'000};
  Memory<std::string, cloud::Account> accounts_{10'000};
  Memory<std::string, cloud::limits::AccountLimits> limits_{10'000};
  Memory<PrincipalKey, PrincipalPtr> principals_{20'000};
  Memory<PrincipalKey, std::string> login_strings_{20'000};
  Memory<std::string, cloud::policy::Document> documents_{1'000};
  Memory<std::string, pki::Certificate> ca_certificates_{1'000};
};

}  // namespace xl::gateway
