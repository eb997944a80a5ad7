// SPDX-License-Identifier: Apache-2.0
#include "claim_commands.hpp"

#include <cstdio>

#include "account_commands.hpp"
#include "api/onboarding_settings.hpp"
#include "cloud/onboarding/claims.hpp"

namespace xl::app {
namespace {

/// What was scanned, or a ThingName alone.
Result<cloud::onboarding::ClaimRequest> request_of(const Options& options) {
  cloud::onboarding::ClaimRequest request;
  request.template_name = options.template_name;
  request.thing_name = options.thing_name;
  if (!options.thing_name.starts_with("XL1:")) return request;
  XL_TRY(const auto label, crypto::parse_label(options.thing_name));
  request.thing_name = label.thing_name;
  request.voucher = label.voucher;
  request.fingerprint = label.fingerprint;
  return request;
}

}  // namespace

Status rehearse_claim(const Options& options) {
  XL_TRY(const auto request, request_of(options));
  XL_TRY(const Opened opened, open_account(options));
  if (opened.account.kind != cloud::AccountKind::customer)
    return fail(Error::invalid("account " + opened.account.name + " is a vendor's; customers' accounts claim modules"));
  api::ApiOptions api;
  api.domain = opened.cloud.domain;
  auto settings = api::onboarding_settings(api);
  settings.session_of = [](std::string_view, std::string_view) { return std::string("assumed"); };
  Result<cloud::Claim> outcome = fail(Error::internal("not rehearsed"));
  XL_CHECK(opened.cloud.registry->write([&](cloud::Registry& registry) -> Status {
    outcome = cloud::onboarding::rehearse_claim(registry, settings, opened.account, request, wall_now());
    return {};
  }));
  if (!outcome && outcome.error().code != Errc::forbidden) return fail(outcome.error());
  const bool is_fit = outcome && outcome->state != cloud::ClaimState::failed_configuration;
  const std::string reason = outcome ? outcome->reason : outcome.error().detail;
  std::printf("claim of %s by account %s: %s%s%s\n", request.thing_name.c_str(), opened.account.name.c_str(),
              is_fit ? "allowed" : "refused", reason.empty() ? "" : ": ", reason.c_str());
  if (is_fit) std::printf("(if the module must be connected to staging for it, that was taken as given)\n");
  return {};
}

}  // namespace xl::app
