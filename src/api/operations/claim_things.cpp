// SPDX-License-Identifier: Apache-2.0
// Operations of our own, a customer's: its claim-thing in a vendor's staging account (guide 11.3.1). With AWS it is
// asked for by hand.
#include "cloud/onboarding/claim_thing.hpp"

#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "pki/certificate.hpp"

namespace xl::api {
namespace {

namespace onboarding = cloud::onboarding;

tl::expected<void, Fault> check_customer(const Request& request) {
  if (request.account.kind == cloud::AccountKind::customer) return {};
  return fail(exceptions::kInvalidRequest,
              "The account " + request.account.id + " is a vendor's; customers' accounts have claim-things.");
}

Reply shown(const cloud::Account& vendor, const cloud::Account& customer, std::string_view certificate_id,
            const std::string& domain) {
  return {{"vendorAccountId", vendor.id},
          {"thingName", onboarding::claim_thing_name(customer)},
          {"certificateId", boost::json::string(certificate_id)},
          {"endpoint", endpoint_of(vendor, domain)}};
}

tl::unexpected<Fault> failure(const Error& error) {
  if (error.code == Errc::forbidden) return fail(exceptions::kClaimRefused, error.detail);
  if (error.code == Errc::conflict) return fail(exceptions::kResourceAlreadyExists, error.detail);
  return fail(Fault(error));
}

}  // namespace

tl::expected<Change, Fault> put_claim_thing(const Request& request, const Site& site) {
  XL_CHECK(check_customer(request));
  Constraints constraints;
  const std::string vendor_id = constraints.label(request, "accountId", rules::kAwsAccountId);
  const std::string pem = constraints.required_text(request.body, "certificatePem", rules::kCertificatePem);
  XL_CHECK(constraints.result());
  const auto certificate = pki::Certificate::from_pem(pem);
  if (!certificate) return fail(exceptions::kCertificateValidation, certificate.error().detail);
  const auto& facts = certificate->facts();
  cloud::Certificate registered;
  registered.id = facts.fingerprint;
  registered.pem = facts.pem;
  registered.not_before = facts.not_before;
  registered.not_after = facts.not_after;
  return [registered, issuer = facts.issuer_der, vendor_id, customer = request.account, domain = site.options.domain,
          now = request.now](cloud::Registry& registry) -> Outcome {
    XL_TRY(const cloud::Account vendor, registry.accounts().find(vendor_id));
    const Status given = onboarding::give_claim_thing(registry, vendor, customer, registered, issuer, now);
    if (!given) return failure(given.error());
    return shown(vendor, customer, registered.id, domain);
  };
}

tl::expected<Change, Fault> delete_claim_thing(const Request& request, const Site&) {
  XL_CHECK(check_customer(request));
  Constraints constraints;
  const std::string vendor_id = constraints.label(request, "accountId", rules::kAwsAccountId);
  XL_CHECK(constraints.result());
  return [vendor_id, customer = request.account, now = request.now](cloud::Registry& registry) -> Outcome {
    XL_TRY(const cloud::Account vendor, registry.accounts().find(vendor_id));
    XL_CHECK(onboarding::take_claim_thing(registry, vendor, customer, now));
    return Reply{};
  };
}

Outcome list_claim_things(const Request& request, const cloud::Registry& registry, const Site& site) {
  XL_CHECK(check_customer(request));
  XL_TRY(const auto grants, registry.claim_grants().of_customer(request.account.id));
  boost::json::array out;
  for (const cloud::ClaimGrant& grant : grants) {
    if (grant.claim_certificate.empty()) continue;
    XL_TRY(const cloud::Account vendor, registry.accounts().find(grant.vendor_account));
    out.push_back(shown(vendor, request.account, grant.claim_certificate, site.options.domain));
  }
  return Reply{{"claimThings", std::move(out)}};
}

}  // namespace xl::api
