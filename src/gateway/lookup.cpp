// SPDX-License-Identifier: Apache-2.0
#include "gateway/lookup.hpp"

namespace xl::gateway {
namespace provisioning = cloud::provisioning;

Result<std::string> Lookup::account_id_of(std::string_view endpoint_prefix) {
  if (const auto* known = endpoints_.find(endpoint_prefix)) return *known;
  XL_TRY(cloud::Account account, view_.accounts().find_by_endpoint_prefix(endpoint_prefix));
  return endpoints_.keep(std::string(endpoint_prefix), std::move(account.id));
}

Result<cloud::Account> Lookup::account(std::string_view id) {
  if (const auto* known = accounts_.find(id)) return *known;
  XL_TRY(cloud::Account account, view_.accounts().find(id));
  return accounts_.keep(std::string(id), std::move(account));
}

const cloud::limits::AccountLimits& Lookup::limits(const std::string& account_id) {
  if (const auto* known = limits_.find(account_id)) return *known;
  const auto limits = view_.accounts().limits(account_id);
  return limits ? limits_.keep(account_id, limits->over(defaults_)) : defaults_;
}

Result<Lookup::PrincipalPtr> Lookup::admit_known(const cloud::Account& account, const std::string& certificate_id,
                                                 UnixMillis now) {
  const PrincipalKey key{certificate_id, account.id};
  if (const auto* known = principals_.find(key)) {
    const bool is_recent =
        now - (*known)->known_at < std::chrono::days(1);  // whether a sighting is due changes by itself
    if (is_recent && (*known)->valid_from <= now && now <= (*known)->valid_until) return *known;
  }
  XL_TRY(auto principal, provisioning::admit_known(view_, account, certificate_id, now));
  return principals_.keep(key, std::make_shared<const provisioning::Principal>(std::move(principal)));
}

Result<cloud::policy::PolicySet> Lookup::policies_of(const provisioning::Principal& principal) {
  cloud::policy::PolicySet set;
  for (const cloud::Policy& policy : principal.policies) {
    std::string key = policy.name + "\n" + policy.document;
    const auto* known = documents_.find(key);
    if (known == nullptr) {
      XL_TRY(auto document, cloud::policy::Document::parse(policy.name, policy.document));
      known = &documents_.keep(std::move(key), std::move(document));
    }
    set.add(*known);
  }
  return set;
}

Result<pki::Certificate> Lookup::certificate_of(const cloud::CaCertificate& ca) {
  if (const auto* known = ca_certificates_.find(ca.id)) return *known;
  XL_TRY(auto certificate, pki::Certificate::from_pem(ca.pem));
  return ca_certificates_.keep(ca.id, std::move(certificate));
}

std::string Lookup::login_string(const std::string& account_id, const std::string& certificate_id) {
  const PrincipalKey key{certificate_id, account_id};
  if (const auto* known = login_strings_.find(key)) return *known;
  return login_strings_.keep(key, view_.login_strings().find(account_id, certificate_id).value_or(""));
}

void Lookup::note_login_string(const std::string& account_id, const std::string& certificate_id, std::string login) {
  login_strings_.keep({certificate_id, account_id}, std::move(login));
}

void Lookup::note_sighting(const std::string& account_id, const std::string& certificate_id) {
  principals_.take({certificate_id, account_id});
}

Status Lookup::refresh() {
  XL_TRY(const cloud::Changes changes, view_.changes_after(seen_));
  if (!changes.is_complete) {
    principals_.clear();
    limits_.clear();
    accounts_.clear();
    touched_.everybody = true;
  }
  for (const std::string& certificate : changes.certificates) {
    principals_.forget(PrincipalKey{certificate, ""},
                       [&certificate](const PrincipalKey& key) { return key.first == certificate; });
    touched_.certificates.insert(certificate);
  }
  for (const std::string& account : changes.accounts) {
    principals_.forget_if([&account](const PrincipalKey& key) { return key.second == account; });
    touched_.accounts.insert(account);
    limits_.take(account);
    accounts_.take(account);  // deleted, maybe
  }
  seen_ = changes.last;
  return {};
}

}  // namespace xl::gateway
