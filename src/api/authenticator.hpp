// SPDX-License-Identifier: Apache-2.0
// Who sent this request: SigV4 against the access keys of the registry.
#pragma once
#include "api/api.hpp"
#include "api/fault.hpp"
#include "cloud/ports/registry.hpp"
#include "net/http.hpp"

namespace xl::api {

struct Caller {
  cloud::Account account;
  std::string access_key_id;     ///< as the request names it: "AKIA…", or "ASIA…" of a session
  std::string long_term_key_id;  ///< the same, or the key that made the session
  cloud::Role role = cloud::Role::admin;
  std::string service = {};  ///< of the credential scope
  bool is_session() const { return access_key_id != long_term_key_id; }
};

/// Access keys belong to an account; there are no named users behind them.
inline std::string arn_of(const Caller& caller) {
  return "arn:aws:iam::" + caller.account.id + ":user/" + caller.account.name;
}

/// `sts`: the fault speaks the names of that service. errors: 403 by reason, 5xx when the keys cannot be read
tl::expected<Caller, Fault> authenticate(const net::HttpRequest& request, const cloud::Registry& registry,
                                         const ApiOptions& options, bool sts);

}  // namespace xl::api
