// SPDX-License-Identifier: Apache-2.0
#include "console/operator_views.hpp"

#include <array>
#include <boost/json.hpp>
#include <set>

namespace xl::console {
namespace json = boost::json;
namespace onboarding = cloud::onboarding;
namespace {

constexpr std::size_t kStuckMax = 200, kScannedMax = 2000;

std::string_view name_of(cloud::CustodyStatus status) {
  constexpr std::array<std::string_view, 5> names{"FREE", "RESERVED", "OWNED", "OWNED_RESET", "REVOKED"};
  return names.at(static_cast<std::size_t>(status));
}

template <class T>
Result<std::optional<T>> if_found(Result<T> found) {
  if (found) return std::optional<T>(*std::move(found));
  if (found.error().code == Errc::not_found) return std::optional<T>();
  return fail(found.error());
}

/// A claim leaves its id in the reason of each change of custody that it makes.
std::optional<std::string> claim_in(std::string_view reason) {
  constexpr std::size_t kIdLength = 36;
  const auto at = reason.find("(claim clm-");
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(reason.substr(at + 7, kIdLength));
}

/// A vendor sees the chains of its modules; a customer, while the module was its own, and that it was given up then.
std::vector<cloud::CustodyEntry> visible_to(const cloud::Account& account, std::vector<cloud::CustodyEntry> chain) {
  if (!chain.empty() && chain.front().vendor_account == account.id) return chain;
  std::vector<cloud::CustodyEntry> out;
  bool was_own = false;
  for (cloud::CustodyEntry& entry : chain) {
    const bool is_own = entry.owner_account == account.id;
    if (is_own || (was_own && !entry.owner_account)) out.push_back(std::move(entry));
    was_own = is_own;
  }
  return out;
}

}  // namespace

bool OperatorViews::is_ours(const cloud::Claim& claim) const {
  return claim.account_id == account_.id || claim.vendor_account == account_.id;
}

Result<json::object> OperatorViews::account_shown(std::string_view id) const {
  XL_TRY(const cloud::Account account, registry_.closed_accounts().find(id));
  return json::object{{"id", account.id}, {"name", account.name}};
}

Result<json::object> OperatorViews::shown(const cloud::Claim& claim) const {
  using onboarding::ClaimEvent;
  const bool ends = onboarding::next_state(claim.state, ClaimEvent::cancelled).has_value();
  const bool is_safe = onboarding::may_cancel(claim, settings_.session_of(claim.vendor_account, claim.thing_name));
  XL_TRY(auto customer, account_shown(claim.account_id));
  XL_TRY(auto vendor, account_shown(claim.vendor_account));
  return json::object{{"id", claim.id},
                      {"thingName", claim.thing_name},
                      {"customer", std::move(customer)},
                      {"vendor", std::move(vendor)},
                      {"state", cloud::name_of(claim.state)},
                      {"stall", cloud::name_of(claim.stall)},
                      {"reason", claim.reason},
                      {"attempts", claim.notify_attempts},
                      {"created", to_millis(claim.created)},
                      {"since", to_millis(claim.modified)},
                      {"canRetry", onboarding::next_state(claim.state, ClaimEvent::retried).has_value()},
                      {"cancel", !ends     ? "no"
                                 : is_safe ? "safe"
                                           : "force"}};
}

json::object OperatorViews::shown(const cloud::Finding& finding) {
  return {{"id", finding.id},
          {"kind", cloud::name_of(finding.kind)},
          {"subject", finding.subject},
          {"thingName", finding.thing_name},
          {"evidence", finding.evidence},
          {"count", finding.count},
          {"firstSeen", to_millis(finding.first_seen)},
          {"lastSeen", to_millis(finding.last_seen)},
          {"isOpen", finding.is_open}};
}

/// nullopt: no module, or none that this account has to do with.
Result<std::optional<cloud::Custody>> OperatorViews::custody_of(const std::string& thing_name) const {
  XL_TRY(auto modules, registry_.custody().find_by_thing(thing_name));
  for (cloud::Custody& module : modules) {
    if (module.vendor_account == account_.id || module.owner_account == account_.id) return std::move(module);
  }
  return std::nullopt;
}

Result<std::optional<cloud::Claim>> OperatorViews::last_claim(const cloud::Custody& module) const {
  if (!is_vendor()) return if_found(registry_.claims().last_of(account_.id, module.fingerprint));
  XL_TRY(auto live, if_found(registry_.claims().live_of(module.fingerprint)));
  if (live || !module.owner_account) return live;
  return if_found(registry_.claims().last_of(*module.owner_account, module.fingerprint));
}

Result<json::object> OperatorViews::row(const std::string& thing_name) const {
  json::object out{{"thingName", thing_name}, {"connected", !settings_.session_of(account_.id, thing_name).empty()}};
  XL_TRY(const auto module, custody_of(thing_name));
  if (!module) return out;
  out["custody"] = name_of(module->status);
  if (module->owner_account) {
    XL_TRY(out["owner"], account_shown(*module->owner_account));
  }
  XL_TRY(const auto claim, last_claim(*module));
  if (claim) {
    XL_TRY(out["claim"], shown(*claim));
  }
  return out;
}

Result<json::object> OperatorViews::fleet(std::string_view after) const {
  XL_TRY(const auto page, registry_.things().list(account_.id, {std::string(after), kPage}));
  json::array rows;
  for (const cloud::Thing& thing : page.items) {
    XL_TRY(auto shown_row, row(thing.name));
    rows.push_back(std::move(shown_row));
  }
  return json::object{{"things", std::move(rows)}, {"next", page.more ? page.items.back().name : ""}};
}

Result<json::object> OperatorViews::thing(const std::string& thing_name) const {
  XL_TRY(const auto registered, if_found(registry_.things().find(account_.id, thing_name)));
  XL_TRY(json::object out, row(thing_name));
  XL_TRY(const auto modules, registry_.custody().find_by_thing(thing_name));
  Moments moments;
  for (const cloud::Custody& module : modules) {
    XL_TRY(auto chain, registry_.custody().history(module.fingerprint));
    const auto visible = visible_to(account_, std::move(chain));
    if (visible.empty()) continue;
    XL_TRY(const auto last, last_claim(module));
    XL_CHECK(add_custody(visible, moments));
    XL_CHECK(add_claims(visible, last, moments));
    if (last) {
      XL_TRY(out["claim"], shown(*last));
    }
  }
  if (!registered && moments.empty()) return fail(Error::not_found("thing", thing_name));
  json::array timeline;
  for (auto& [at, entry] : moments) timeline.push_back(std::move(entry));
  out["registered"] = registered.has_value();
  out["timeline"] = std::move(timeline);
  return out;
}

Status OperatorViews::add_custody(const std::vector<cloud::CustodyEntry>& chain, Moments& into) const {
  for (const cloud::CustodyEntry& entry : chain) {
    json::object moment{
        {"kind", "custody"}, {"at", to_millis(entry.at)}, {"state", name_of(entry.status)}, {"reason", entry.reason}};
    if (entry.owner_account) {
      XL_TRY(moment["owner"], account_shown(*entry.owner_account));
    }
    into.emplace(entry.at, std::move(moment));
  }
  return {};
}

Status OperatorViews::add_claims(const std::vector<cloud::CustodyEntry>& chain, const std::optional<cloud::Claim>& last,
                                 Moments& into) const {
  std::set<std::string> ids;
  if (last) ids.insert(last->id);
  for (const cloud::CustodyEntry& entry : chain)
    if (auto id = claim_in(entry.reason)) ids.insert(*std::move(id));
  for (const std::string& id : ids) {
    XL_TRY(const auto claim, if_found(registry_.claims().find(id)));
    if (!claim || !is_ours(*claim)) continue;
    XL_TRY(const auto history, registry_.claims().history(id));
    for (const cloud::ClaimEntry& entry : history) {
      into.emplace(entry.at, json::object{{"kind", "claim"},
                                          {"at", to_millis(entry.at)},
                                          {"state", cloud::name_of(entry.state)},
                                          {"stall", cloud::name_of(entry.stall)},
                                          {"reason", entry.reason},
                                          {"claimId", id}});
    }
  }
  return {};
}

Result<json::object> OperatorViews::claims(std::string_view after) const {
  const cloud::PageRequest request{std::string(after), kPage, cloud::Order::newest_first};
  XL_TRY(const auto page, is_vendor() ? registry_.claims().list_of_vendor(account_.id, request)
                                      : registry_.claims().list(account_.id, request));
  json::array rows;
  for (const cloud::Claim& claim : page.items) {
    XL_TRY(auto shown_claim, shown(claim));
    rows.push_back(std::move(shown_claim));
  }
  return json::object{{"claims", std::move(rows)}, {"next", page.more ? page.items.back().id : ""}};
}

/// The oldest first: ids sort by time, and a claim is not older than its state.
Status OperatorViews::add_stuck(cloud::ClaimState state, UnixMillis before, json::array& into, bool& more) const {
  cloud::PageRequest request{"", kPage};
  for (std::size_t scanned = 0; scanned < kScannedMax; scanned += kPage) {
    XL_TRY(const auto page, registry_.claims().list_in_state(state, request));
    for (const cloud::Claim& claim : page.items) {
      if (claim.created > before) return {};
      if (!is_ours(claim) || claim.modified > before) continue;
      if (into.size() >= kStuckMax) {
        more = true;
        return {};
      }
      XL_TRY(auto shown_claim, shown(claim));
      into.push_back(std::move(shown_claim));
    }
    if (!page.more) return {};
    request.after = page.items.back().id;
  }
  more = true;
  return {};
}

Result<json::object> OperatorViews::stuck_claims(UnixMillis now) const {
  json::array rows;
  bool more = false;
  XL_CHECK(add_stuck(cloud::ClaimState::stalled, now, rows, more));
  XL_CHECK(add_stuck(cloud::ClaimState::notifying, now - kNotifyingLong, rows, more));
  XL_CHECK(add_stuck(cloud::ClaimState::prepared, now - kPreparedLong, rows, more));
  return json::object{{"claims", std::move(rows)}, {"more", more}};
}

Result<json::object> OperatorViews::findings(std::string_view after, bool with_closed) const {
  XL_TRY(const auto page, registry_.findings().list(account_.id, with_closed, {std::string(after), kPage}));
  json::array rows;
  for (const cloud::Finding& finding : page.items) rows.push_back(shown(finding));
  return json::object{{"findings", std::move(rows)}, {"next", page.more ? page.items.back().id : ""}};
}

Result<json::object> OperatorViews::grants() const {
  XL_TRY(const auto grants, registry_.claim_grants().of_vendor(account_.id));
  json::array granted;
  for (const cloud::ClaimGrant& grant : grants) {
    XL_TRY(auto customer, account_shown(grant.customer_account));
    granted.push_back({{"customer", std::move(customer)},
                       {"proof", cloud::name_of(grant.proof)},
                       {"lots", json::array(grant.lots.begin(), grant.lots.end())},
                       {"created", to_millis(grant.created)}});
  }
  XL_TRY(const auto keys, registry_.claim_grants().keys_of(account_.id));
  json::array voucher_keys;
  for (const cloud::VoucherKey& key : keys)
    voucher_keys.push_back({{"id", key.id}, {"isActive", key.is_active}, {"created", to_millis(key.created)}});
  return json::object{{"grants", std::move(granted)}, {"keys", std::move(voucher_keys)}};
}

}  // namespace xl::console
