// SPDX-License-Identifier: Apache-2.0
// What an account's operators see: its fleet, how each module came to it, its claims. Answers are JSON for the page.
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::console {

class OperatorViews {
 public:
  static constexpr std::size_t kPage = 50;
  /// Claims that wait longer for their module to connect, or to arrive, are shown as stuck.
  static constexpr std::chrono::hours kPreparedLong{24}, kNotifyingLong{1};

  OperatorViews(const cloud::Registry& registry, const cloud::Account& account,
                const cloud::onboarding::Settings& settings)
      : registry_(registry), account_(account), settings_(settings) {}

  /// Things by name, after `after`, with custody, presence and their last claims.
  Result<boost::json::object> fleet(std::string_view after) const;
  /// One thing, and everything that befell it, oldest first: the custody chain and the histories of its claims.
  /// A customer sees what was its own only. errors: not_found
  Result<boost::json::object> thing(const std::string& thing_name) const;
  /// Claims for the account, or of the vendor's modules; newest first, before `after`.
  Result<boost::json::object> claims(std::string_view after) const;
  /// Those that somebody has to look at. `more`: there are others, too many to show.
  Result<boost::json::object> stuck_claims(UnixMillis now) const;
  /// A vendor's: who may claim its modules, and the keys that vouch for them.
  Result<boost::json::object> grants() const;
  /// What the account has to look at (guide 11.5), after `after`; those that somebody has dealt with only on request.
  Result<boost::json::object> findings(std::string_view after, bool with_closed) const;
  Result<boost::json::object> shown(const cloud::Claim& claim) const;
  static boost::json::object shown(const cloud::Finding& finding);

 private:
  /// What happened at the same time stays in the order in which it was said.
  using Moments = std::multimap<UnixMillis, boost::json::object>;

  bool is_vendor() const { return account_.kind == cloud::AccountKind::staging; }
  bool is_ours(const cloud::Claim& claim) const;
  Result<boost::json::object> account_shown(std::string_view id) const;
  Result<boost::json::object> row(const std::string& thing_name) const;
  Result<std::optional<cloud::Custody>> custody_of(const std::string& thing_name) const;
  Result<std::optional<cloud::Claim>> last_claim(const cloud::Custody& module) const;
  Status add_custody(const std::vector<cloud::CustodyEntry>& chain, Moments& into) const;
  Status add_claims(const std::vector<cloud::CustodyEntry>& chain, const std::optional<cloud::Claim>& last,
                    Moments& into) const;
  Status add_stuck(cloud::ClaimState state, UnixMillis before, boost::json::array& into, bool& more) const;

  const cloud::Registry& registry_;
  const cloud::Account& account_;
  const cloud::onboarding::Settings& settings_;
};

}  // namespace xl::console
