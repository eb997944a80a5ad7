// SPDX-License-Identifier: Apache-2.0
// Operations of our own: a customer account claims modules of a vendor's (guide 11.3.1, docs/onboarding.md "The saga").
#include "cloud/onboarding/claims.hpp"
#include "api/constraints.hpp"
#include "api/onboarding_settings.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"
#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/rules/reconcile.hpp"
#include "pki/certificate.hpp"

namespace xl::api {
namespace {

namespace onboarding = cloud::onboarding;

onboarding::Settings settings_of(const Site& site) { return onboarding_settings(site.options); }

Reply shown(const cloud::Claim& claim) {
  Reply reply{{"claimId", claim.id},
              {"thingName", claim.thing_name},
              {"accountId", claim.account_id},
              {"vendorAccountId", claim.vendor_account},
              {"certificateId", claim.fingerprint},
              {"endpoint", claim.endpoint},
              {"state", json_key(name_of(claim.state))},
              {"notifyAttempts", claim.notify_attempts},
              {"creationDate", timestamp(claim.created)},
              {"lastModifiedDate", timestamp(claim.modified)}};
  if (claim.stall != cloud::Stall::none) reply["stall"] = json_key(name_of(claim.stall));
  if (!claim.reason.empty()) reply["reason"] = claim.reason;
  return reply;
}

Reply shown(const cloud::ClaimEntry& entry) {
  Reply reply{{"state", json_key(name_of(entry.state))}, {"date", timestamp(entry.at)}};
  if (entry.stall != cloud::Stall::none) reply["stall"] = json_key(name_of(entry.stall));
  if (!entry.reason.empty()) reply["reason"] = entry.reason;
  return reply;
}

/// A claim is its customer's and its vendor's.
tl::expected<cloud::Claim, Fault> claim_for(const cloud::Registry& registry, const Request& request) {
  const std::string id = find_parameter(request.labels, "claimId").value_or("");
  XL_TRY(cloud::Claim claim, registry.claims().find(id));
  if (claim.account_id == request.account.id || claim.vendor_account == request.account.id) return claim;
  return fail(Fault(Error::not_found("claim", id)));
}

tl::unexpected<Fault> failure(const Error& error) {
  if (error.code == Errc::forbidden) return fail(exceptions::kClaimRefused, error.detail);
  if (error.code == Errc::conflict) return fail(exceptions::kConflict, error.detail);
  if (error.code == Errc::unavailable) return fail(exceptions::kThrottling, error.detail);
  return fail(Fault(error));
}

Outcome answer(const Result<cloud::Claim>& claim) {
  if (!claim) return failure(claim.error());
  return shown(*claim);
}

/// The label as it was scanned, or the ThingName alone where the grant asks for no more.
tl::expected<onboarding::ClaimRequest, Fault> claim_request(const Request& request) {
  Constraints constraints;
  const auto label = constraints.text(request.body, "label", rules::kAnyText);
  const auto thing_name = constraints.text(request.body, "thingName", rules::kThingName);
  onboarding::ClaimRequest out;
  out.template_name = constraints.text(request.body, "templateName", rules::kTemplateName).value_or("");
  if (label.has_value() == thing_name.has_value())
    constraints.broken("label", std::nullopt, "Member must be given, or else member thingName, and not both");
  XL_CHECK(constraints.result());
  out.thing_name = thing_name.value_or("");
  if (!label) return out;
  const auto parsed = crypto::parse_label(*label);
  if (!parsed) return fail(exceptions::kInvalidRequest, "The label cannot be read: " + parsed.error().detail + ".");
  out.thing_name = parsed->thing_name;
  out.voucher = parsed->voucher;
  out.fingerprint = parsed->fingerprint;
  return out;
}

}  // namespace

onboarding::Settings onboarding_settings(const ApiOptions& options) {
  onboarding::Settings settings;
  settings.times = options.claim_times;
  settings.region = options.region;
  settings.domain = options.domain;
  settings.attempts = options.claim_attempts;
  settings.read_certificate = [](std::string_view pem) -> Result<cloud::DeviceCertificate> {
    XL_TRY(const auto certificate, pki::Certificate::from_pem(pem));
    return cloud::DeviceCertificate::of(certificate.facts());
  };
  settings.session_of = [presence = options.presence](std::string_view account, std::string_view client) {
    return presence != nullptr ? presence->session_of(account, client) : std::string();
  };
  settings.listening_session_of = [presence = options.presence](std::string_view account, std::string_view client) {
    return presence != nullptr ? presence->listening_session_of(account, client) : std::string();
  };
  return settings;
}

tl::expected<Change, Fault> create_claim(const Request& request, const Site& site) {
  XL_TRY(const auto claim, claim_request(request));
  if (request.account.kind != cloud::AccountKind::customer) {
    return fail(exceptions::kInvalidRequest,
                "The account " + request.account.id + " is a vendor's; customer accounts claim modules.");
  }
  return [settings = settings_of(site), account = request.account, claim,
          now = request.now](cloud::Registry& registry) -> Outcome {
    if (const Status open = cloud::rules::refuse_while_reconciling(registry); !open)
      return fail(exceptions::kServiceUnavailable, "No module can be claimed: " + open.error().detail + ".");
    return answer(onboarding::claim_module(registry, settings, account, claim, now));
  };
}

/// For the module's vendor: what the claim of one of its customers would come to, and why.
tl::expected<Change, Fault> rehearse_claim(const Request& request, const Site& site) {
  XL_TRY(const auto claim, claim_request(request));
  Constraints constraints;
  const std::string customer_id = constraints.required_text(request.body, "accountId", rules::kAwsAccountId);
  XL_CHECK(constraints.result());
  if (request.account.kind != cloud::AccountKind::staging) {
    return fail(exceptions::kInvalidRequest, "The account " + request.account.id +
                                                 " is a customer's; a module's vendor alone learns why a claim is "
                                                 "refused.");
  }
  return [settings = settings_of(site), vendor = request.account.id, customer_id, claim,
          now = request.now](cloud::Registry& registry) -> Outcome {
    XL_TRY(const auto customer, registry.accounts().find(customer_id));
    XL_TRY(const auto modules, registry.custody().find_by_thing(claim.thing_name));
    XL_TRY(const bool is_vouched, onboarding::is_vouched_for(registry, vendor, claim));
    const bool is_own = modules.empty() ? is_vouched : std::ranges::any_of(modules, [&](const auto& module) {
      return module.vendor_account == vendor;
    });
    if (!is_own) return fail(Fault(Error::not_found("module", claim.thing_name + " of this account")));
    const auto outcome = onboarding::rehearse_claim(registry, settings, customer, claim, now);
    if (!outcome && outcome.error().code != Errc::forbidden) return fail(Fault(outcome.error()));
    const bool is_fit = outcome && outcome->state != cloud::ClaimState::failed_configuration;
    Reply reply{{"thingName", claim.thing_name}, {"accountId", customer_id}, {"allowed", is_fit}};
    if (!outcome) reply["reason"] = outcome.error().detail;
    if (outcome) reply["state"] = json_key(name_of(outcome->state));
    if (outcome && !outcome->reason.empty()) reply["reason"] = outcome->reason;
    return reply;
  };
}

tl::expected<Change, Fault> cancel_claim(const Request& request, const Site& site) {
  Constraints constraints;
  const bool force = constraints.flag(request.body, "force").value_or(false);
  XL_CHECK(constraints.result());
  const std::string id = find_parameter(request.labels, "claimId").value_or("");
  return [settings = settings_of(site), account = request.account, id, force,
          now = request.now](cloud::Registry& registry) -> Outcome {
    return answer(onboarding::cancel(registry, settings, account, id, force, now));
  };
}

tl::expected<Change, Fault> retry_claim(const Request& request, const Site& site) {
  const std::string id = find_parameter(request.labels, "claimId").value_or("");
  return [settings = settings_of(site), account = request.account, id,
          now = request.now](cloud::Registry& registry) -> Outcome {
    return answer(onboarding::retry(registry, settings, account, id, now));
  };
}

tl::expected<Change, Fault> confirm_claim(const Request& request, const Site& site) {
  const std::string id = find_parameter(request.labels, "claimId").value_or("");
  return [settings = settings_of(site), account = request.account, id,
          now = request.now](cloud::Registry& registry) -> Outcome {
    return answer(onboarding::confirm(registry, settings, account, id, now));
  };
}

Outcome describe_claim(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const cloud::Claim claim, claim_for(registry, request));
  XL_TRY(const auto history, registry.claims().history(claim.id));
  Reply reply = shown(claim);
  boost::json::array entries;
  for (const cloud::ClaimEntry& entry : history) entries.push_back(shown(entry));
  reply["history"] = std::move(entries);
  return reply;
}

Outcome list_claims(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const auto page, page_request(request, kTokens));
  const bool is_vendor = request.account.kind == cloud::AccountKind::staging;
  XL_TRY(const auto found, is_vendor ? registry.claims().list_of_vendor(request.account.id, page)
                                     : registry.claims().list(request.account.id, page));
  return listing("claims", kTokens, found, [](const cloud::Claim& claim) { return shown(claim); }, &cloud::Claim::id);
}

}  // namespace xl::api
