// SPDX-License-Identifier: Apache-2.0
// Operations of our own, an owner's: what happens to its module after a factory reset (guide 11.4).
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

using cloud::OnReset;

/// The module that the account owns under this ThingName.
tl::expected<cloud::Custody, Fault> owned_module(const cloud::Registry& registry, const std::string& account_id,
                                                 const std::string& thing_name) {
  XL_TRY(auto modules, registry.custody().find_owned(account_id, thing_name));
  if (modules.size() == 1) return std::move(modules.front());
  return fail(Fault(Error::not_found("module", thing_name + " of this account")));
}

Reply shown(const std::string& thing_name, const cloud::ResetRule& rule) {
  Reply reply{{"thingName", thing_name}, {"onReset", json_key(name_of(rule.rule))}};
  if (rule.rule == OnReset::free_after)
    reply["holdHours"] = std::chrono::duration_cast<std::chrono::hours>(rule.hold).count();
  return reply;
}

}  // namespace

tl::expected<Change, Fault> put_reset_rule(const Request& request, const Site&) {
  constexpr std::int64_t kHoursMax = 24 * 365;
  Constraints constraints;
  const std::string thing_name = constraints.label(request, "thingName", rules::kThingName);
  const auto chosen = constraints.choice(request.body, "onReset", {"free", "free_after", "locked"});
  const auto hours = constraints.number(request.body, "holdHours");
  if (hours && (*hours < 1 || *hours > kHoursMax)) {
    constraints.broken("holdHours", std::to_string(*hours),
                       "Member must be between 1 and " + std::to_string(kHoursMax));
  }
  if (!chosen) constraints.broken("onReset", std::nullopt, "Member must not be null");
  const auto rule =
      chosen ? static_cast<OnReset>(std::ranges::find(cloud::kOnResetNames, *chosen) - cloud::kOnResetNames.begin())
             : OnReset::free;
  if (rule != OnReset::free_after && hours)
    constraints.broken("holdHours", std::to_string(*hours), "Member must be absent unless onReset is free_after");
  XL_CHECK(constraints.result());
  return [account = request.account.id, thing_name, rule,
          hold = std::chrono::hours(hours.value_or(24))](cloud::Registry& registry) -> Outcome {
    XL_TRY(const cloud::Custody module, owned_module(registry, account, thing_name));
    // Whoever holds a module that was reset must not find it locked behind their back.
    if (module.status == cloud::CustodyStatus::owned_reset && rule != OnReset::free) {
      return fail(exceptions::kConflict,
                  "The module " + thing_name +
                      " has been reset already: a lock counts only for later resets. Claim it to "
                      "call it back.");
    }
    const cloud::ResetRule next{account, module.fingerprint, rule, hold, std::nullopt};
    XL_CHECK(rule == OnReset::free ? registry.reset_rules().remove(account, module.fingerprint)
                                   : registry.reset_rules().put(next));
    return shown(thing_name, next);
  };
}

Outcome describe_reset_rule(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string thing_name = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  XL_TRY(const cloud::Custody module, owned_module(registry, request.account.id, thing_name));
  auto rule = registry.reset_rules().find(request.account.id, module.fingerprint);
  if (!rule && rule.error().code == Errc::not_found) return shown(thing_name, cloud::ResetRule{});
  XL_CHECK(rule);
  return shown(thing_name, *rule);
}

}  // namespace xl::api
