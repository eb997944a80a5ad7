// SPDX-License-Identifier: Apache-2.0
// The operators' pages of an account at /console: its fleet, the onboarding of each module, claims that are stuck,
// findings.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/registry.hpp"
#include "console/operator_sessions.hpp"
#include "console/static_files.hpp"
#include "console/throttle.hpp"
#include "net/http.hpp"

namespace xl::console {

/// All calls on the HTTP server's thread.
class OperatorConsole {
 public:
  using Responder = std::shared_ptr<net::HttpResponder>;

  OperatorConsole(cloud::RegistryStore& registry, cloud::onboarding::Settings settings, Authenticate authenticate,
                  const StaticFiles& files);

  /// GET    /console, /console/…: the page
  /// POST   /console/api/session, signed with an access key: 200 and the cookie; 403 says why not
  /// GET    …/session: who has signed in; DELETE …/session: nobody any longer
  /// GET    …/fleet, …/things/{thing}, …/claims, …/stuck, …/findings, …/grants: OperatorViews; `?after=` the last
  ///        of a page
  /// POST   …/claims/{claim}/retry, …/claims/{claim}/cancel {"force"}: the customer's word; 409 says what forbids it
  /// POST   …/findings/{finding}/close: somebody has dealt with it
  /// 401 without a session, 403 when the role may not.
  void handle(const net::HttpRequest& request, const Responder& responder);

 private:
  void serve(const net::HttpRequest& request, const std::vector<std::string_view>& parts, const Responder& responder);
  net::HttpResponse sign_in(const net::HttpRequest& request);
  net::HttpResponse look(const net::HttpRequest& request, const std::vector<std::string_view>& parts,
                         const Operator& who) const;
  void change(const net::HttpRequest& request, std::string_view claim_id, std::string_view action, const Operator& who,
              const Responder& responder);
  void close_finding(const std::string& id, const Operator& who, const Responder& responder);
  /// Runs `change` in a transaction and answers with what it returns.
  void commit(std::function<Result<boost::json::object>(cloud::Registry&)> change, const Responder& responder);

  cloud::RegistryStore& registry_;
  const cloud::onboarding::Settings settings_;
  const Authenticate authenticate_;
  const StaticFiles& files_;
  std::unique_ptr<const cloud::Registry> view_;
  OperatorSessions sessions_;
  Throttle throttle_;
};

}  // namespace xl::console
