// SPDX-License-Identifier: Apache-2.0
// The claim wizard of a customer account at /claim/{account}: somebody with a module in his hand claims it by its label
// and sees it arrive (guide 11.3.1). docs/security.md "Pages" has the rules.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/onboarding/wizard.hpp"
#include "cloud/ports/message_bus.hpp"
#include "console/feeds.hpp"
#include "console/static_files.hpp"
#include "console/throttle.hpp"
#include "net/http.hpp"

namespace xl::console {

/// Attempts that came to nothing, by the network that they came from and by account. Thread-safe.
class ClaimAttempts {
 public:
  static constexpr int kOfAccountMax = 300;  ///< a minute

  /// Counts the attempt as failed until forgive() says otherwise, so that many at once are not more than their share.
  bool begin(const std::string& peer_address, const std::string& account_id, UnixMillis now);
  void forgive(const std::string& peer_address, const std::string& account_id);

 private:
  std::mutex mutex_;
  Throttle of_network_;
  Throttle of_account_{kOfAccountMax};
};

/// An IPv4 address, or the first 64 bits of an IPv6 one, which one person has as a whole.
std::string network_of(const std::string& address);

/// All calls on the HTTP server's thread.
class ClaimWizard {
 public:
  using Responder = std::shared_ptr<net::HttpResponder>;
  static constexpr std::chrono::milliseconds kLookEvery{500};

  ClaimWizard(cloud::RegistryStore& registry, cloud::MessageBus& bus, cloud::Presence& presence,
              cloud::onboarding::Settings settings, const StaticFiles& files);

  /// GET  /claim/{account} and /claim/{account}/{claim}: the page, with a cookie that tells this visitor from others
  /// GET  …/logo: the account's own, or the standard one
  /// POST …/claims {"label"}: 200 the claim; 400 not a label; 403 refused, whatever the reason; 429 too many of those
  /// GET  …/claims/{claim}: the claim; 404 also when another visitor has made it
  /// GET  …/claims/{claim}/events: server-sent events `claim`, `presence` and `message`
  /// POST …/claims/{claim}/retry: 200 the claim; 409 there is nothing to try again
  /// Whatever has no wizard is 404.
  void handle(const net::HttpRequest& request, const Responder& responder);

 private:
  struct Visit;

  Result<cloud::Account> account_of(std::string_view name);
  net::HttpResponse page(const net::HttpRequest& request, const std::string& account_name) const;
  net::HttpResponse logo(const std::string& account_name) const;
  void serve_claims(const net::HttpRequest& request, const std::vector<std::string_view>& parts,
                    const cloud::Account& account, const Responder& responder);
  void serve_one(const net::HttpRequest& request, std::string_view action, const Visit& visit,
                 const Responder& responder);
  void claim(const net::HttpRequest& request, const Visit& visit, const Responder& responder);
  void retry(const net::HttpRequest& request, const Visit& visit, const Responder& responder);
  void stream(const Visit& visit, const Responder& responder);

  cloud::RegistryStore& registry_;
  const cloud::onboarding::Settings settings_;
  const StaticFiles& files_;
  std::unique_ptr<const cloud::Registry> view_;
  const std::shared_ptr<ClaimAttempts> attempts_ = std::make_shared<ClaimAttempts>();
  const std::shared_ptr<Feeds> feeds_;
};

}  // namespace xl::console
