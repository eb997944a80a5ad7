// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/claim_thing.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/onboarding/offboard.hpp"
#include "crypto/random.hpp"

namespace xl::cloud::onboarding {
namespace {

constexpr std::string_view kPolicyName = "expresslink-claim-thing";
/// Which modules it reaches is the claim's question; its client ids cannot push a module out.
constexpr std::string_view kPolicy = R"json({"Version": "2012-10-17", "Statement": [
 {"Effect": "Allow", "Action": "iot:Connect",
  "Resource": ["arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}", "arn:aws:iot:*:*:client/claim-*"]},
 {"Effect": "Allow", "Action": "iot:Publish", "Resource": "arn:aws:iot:*:*:topic/*/expresslink_config"}]})json";

Status make_policy(Registry& registry, const Account& vendor, UnixMillis now) {
  Policy policy;
  policy.account_id = vendor.id;
  policy.name = kPolicyName;
  policy.document = kPolicy;
  policy.created = policy.modified = now;
  const Status inserted = registry.policies().insert(policy);
  if (!inserted && inserted.error().code != Errc::already_exists) return inserted;
  return {};
}

Status make_thing(Registry& registry, const Account& vendor, const std::string& name, UnixMillis now) {
  Thing thing;
  thing.account_id = vendor.id;
  thing.name = name;
  thing.id = crypto::random_uuid();
  thing.created = now;
  const Status inserted = registry.things().insert(thing);
  if (!inserted && inserted.error().code != Errc::already_exists) return inserted;
  return {};
}

/// The certificate in the vendor's account; a module's, or another customer's, is not given away.
Status register_in_staging(Registry& registry, const Account& vendor, Certificate certificate, UnixMillis now) {
  if (registry.certificates().find(vendor.id, certificate.id) || registry.custody().find(certificate.id)) {
    return fail(Error::conflict("the certificate " + certificate.id +
                                " is in use in the vendor's account; make another one for the claim-thing."));
  }
  certificate.account_id = vendor.id;
  certificate.status = CertificateStatus::active;
  certificate.mode = CertificateMode::sni_only;
  certificate.ca_certificate_id.reset();
  certificate.created = certificate.modified = now;
  return registry.certificates().insert(certificate);
}

/// A birth certificate is public: whoever registered one here before its module comes would keep the module out.
Status refuse_birth_certificate(const Registry& registry, const Account& vendor, std::string_view issuer_der) {
  XL_TRY(const auto cas, registry.ca_certificates().find_by_subject(vendor.id, issuer_der));
  if (cas.empty()) return {};
  return fail(
      Error::conflict("a CA of the vendor's has issued the certificate, as it does for modules; make another "
                      "one for the claim-thing (CreateKeysAndCertificate)."));
}

Result<ClaimGrant> classic_grant(const Registry& registry, const Account& vendor, const Account& customer) {
  auto grant = registry.claim_grants().find(vendor.id, customer.id);
  if (!grant && grant.error().code != Errc::not_found) return grant;
  if (grant && grant->classic) return grant;
  return fail(Error::forbidden(
      "The vendor has not granted this account a claim-thing (PutClaimGrant with \"classic\": true)."));
}

Result<std::string> endpoint_in(std::string_view payload) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(payload, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* endpoint = object != nullptr ? object->if_contains("Endpoint") : nullptr;
  if (endpoint != nullptr && endpoint->is_string()) return to_lower(endpoint->get_string());
  return fail(Error::invalid(R"(a claim-thing publishes {"Endpoint": "<the customer account's endpoint>"})"));
}

}  // namespace

std::string claim_thing_name(const Account& customer) { return "claim-" + customer.id; }

Status give_claim_thing(Registry& registry, const Account& vendor, const Account& customer, Certificate certificate,
                        std::string_view issuer_der, UnixMillis now) {
  XL_TRY(ClaimGrant grant, classic_grant(registry, vendor, customer));
  if (grant.claim_certificate == certificate.id) return {};
  XL_CHECK(refuse_birth_certificate(registry, vendor, issuer_der));
  XL_CHECK(take_claim_thing(registry, vendor, customer, now));
  const std::string id = certificate.id, name = claim_thing_name(customer);
  XL_CHECK(register_in_staging(registry, vendor, std::move(certificate), now));
  XL_CHECK(make_thing(registry, vendor, name, now));
  XL_CHECK(registry.things().attach(vendor.id, name, id));
  XL_CHECK(make_policy(registry, vendor, now));
  XL_CHECK(registry.policies().attach(vendor.id, kPolicyName, id));
  grant.claim_certificate = id;
  return registry.claim_grants().put(grant);
}

Status take_claim_thing(Registry& registry, const Account& vendor, const Account& customer, UnixMillis now) {
  auto grant = registry.claim_grants().find(vendor.id, customer.id);
  if (!grant && grant.error().code == Errc::not_found) return {};
  XL_CHECK(grant);
  if (grant->claim_certificate.empty()) return {};
  const std::string id = std::exchange(grant->claim_certificate, {});
  XL_CHECK(registry.claim_grants().put(*grant));
  return withdraw(registry, vendor, id, now);
}

Result<Claim> claim_by_message(Registry& registry, const Settings& settings, const Account& vendor,
                               std::string_view customer_id, std::string_view thing_name, std::string_view payload,
                               UnixMillis now) {
  XL_TRY(const Account customer, registry.accounts().find(customer_id));
  XL_TRY(const std::string endpoint, endpoint_in(payload));
  XL_TRY(const std::string own, endpoint_told(registry, customer, settings.domain));
  if (endpoint != to_lower(own)) {
    return fail(Error::forbidden("the endpoint " + endpoint + " is not that of account " + customer.id +
                                 ", whose claim-thing this is"));
  }
  ClaimRequest request;
  request.thing_name = thing_name;
  request.claim_thing_of = vendor.id;
  XL_TRY(Claim claim, claim_module(registry, settings, customer, request, now));
  return claim;
}

}  // namespace xl::cloud::onboarding
