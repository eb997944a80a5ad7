// SPDX-License-Identifier: Apache-2.0
// Operations of our own, a vendor's: who may claim its modules, and which keys vouch for them (docs/onboarding.md "Who
// may claim").
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "cloud/onboarding/claim_thing.hpp"
#include "crypto/signature.hpp"
#include "crypto/voucher.hpp"

namespace xl::api {
namespace {

tl::expected<void, Fault> check_vendor(const Request& request) {
  if (request.account.kind == cloud::AccountKind::staging) return {};
  return fail(exceptions::kInvalidRequest,
              "The account " + request.account.id + " is a customer's; vendors' accounts grant claims.");
}

cloud::Proof proof_of(const std::string& text) {
  const auto found = std::ranges::find(cloud::kProofNames, text);
  return static_cast<cloud::Proof>(found - cloud::kProofNames.begin());
}

Reply shown(const cloud::ClaimGrant& grant) {
  Reply reply{{"accountId", grant.customer_account},
              {"proof", boost::json::string_view(name_of(grant.proof))},
              {"classic", grant.classic},
              {"claimThing", !grant.claim_certificate.empty()},
              {"creationDate", timestamp(grant.created)}};
  if (!grant.lots.empty()) reply["lots"] = boost::json::array(grant.lots.begin(), grant.lots.end());
  return reply;
}

constexpr std::size_t kLotsMax = 100;

/// A lot is told by the label's signature, so a grant for lots always needs the voucher.
void check_lots(Constraints& constraints, const cloud::ClaimGrant& grant) {
  for (const std::string& lot : grant.lots) {
    if (crypto::is_voucher_key_id(lot)) continue;
    constraints.broken("lots", lot, "Members must be ids of voucher keys, 1 to 8 capital letters and digits");
  }
  if (grant.lots.size() > kLotsMax)
    constraints.broken("lots", std::nullopt, "Member must have at most " + std::to_string(kLotsMax) + " entries");
  if (!grant.lots.empty() && (grant.classic || grant.proof == cloud::Proof::open)) {
    constraints.broken("lots", std::nullopt,
                       "Member must not be given with proof open or with classic: without a label there is no lot");
  }
}

Reply shown(const cloud::VoucherKey& key) {
  return {{"keyId", key.id},
          {"publicKey", key.public_pem},
          {"status", key.is_active ? "ACTIVE" : "REVOKED"},
          {"creationDate", timestamp(key.created)}};
}

}  // namespace

tl::expected<Change, Fault> put_claim_grant(const Request& request, const Site&) {
  XL_CHECK(check_vendor(request));
  Constraints constraints;
  cloud::ClaimGrant grant;
  grant.vendor_account = request.account.id;
  grant.customer_account = constraints.label(request, "accountId", rules::kAwsAccountId);
  const auto proof = constraints.choice(request.body, "proof", {"voucher", "voucher+present", "open"});
  grant.classic = constraints.flag(request.body, "classic").value_or(false);
  grant.created = request.now;
  if (proof) grant.proof = proof_of(*proof);
  if (grant.classic && grant.proof == cloud::Proof::voucher_and_present) {
    constraints.broken("classic", std::nullopt,
                       "Member must not be true with proof voucher+present: a claim-thing shows neither");
  }
  grant.lots = constraints.texts(request.body, "lots", rules::kAnyText).value_or(std::vector<std::string>());
  check_lots(constraints, grant);
  XL_CHECK(constraints.result());
  return [grant, vendor = request.account](cloud::Registry& registry) -> Outcome {
    for (const std::string& lot : grant.lots) XL_CHECK(registry.claim_grants().find_key(vendor.id, lot));
    XL_TRY(const auto customer, registry.accounts().find(grant.customer_account));
    if (customer.kind != cloud::AccountKind::customer)
      return fail(exceptions::kInvalidRequest, "The account " + customer.id + " is a vendor's, not a customer's.");
    if (!grant.classic) XL_CHECK(cloud::onboarding::take_claim_thing(registry, vendor, customer, grant.created));
    cloud::ClaimGrant next = grant;
    if (const auto before = registry.claim_grants().find(vendor.id, customer.id)) {
      next.created = before->created;
      next.claim_certificate = before->claim_certificate;
    }
    XL_CHECK(registry.claim_grants().put(next));
    return shown(next);
  };
}

tl::expected<Change, Fault> delete_claim_grant(const Request& request, const Site&) {
  XL_CHECK(check_vendor(request));
  Constraints constraints;
  const std::string customer = constraints.label(request, "accountId", rules::kAwsAccountId);
  XL_CHECK(constraints.result());
  return [vendor = request.account, customer, now = request.now](cloud::Registry& registry) -> Outcome {
    XL_TRY(const auto account, registry.accounts().find(customer));
    XL_CHECK(cloud::onboarding::take_claim_thing(registry, vendor, account, now));
    XL_CHECK(registry.claim_grants().remove(vendor.id, customer));
    return Reply{};
  };
}

Outcome list_claim_grants(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_CHECK(check_vendor(request));
  XL_TRY(const auto grants, registry.claim_grants().of_vendor(request.account.id));
  boost::json::array out;
  for (const cloud::ClaimGrant& grant : grants) out.push_back(shown(grant));
  return Reply{{"grants", std::move(out)}};
}

tl::expected<Change, Fault> create_voucher_key(const Request& request, const Site&) {
  XL_CHECK(check_vendor(request));
  Constraints constraints;
  cloud::VoucherKey key;
  key.vendor_account = request.account.id;
  key.id = find_parameter(request.labels, "keyId").value_or("");
  if (!crypto::is_voucher_key_id(key.id))
    constraints.broken("keyId", key.id, "Member must be 1 to 8 capital letters and digits");
  const std::string pem = constraints.required_text(request.body, "publicKey", rules::kCertificatePem);
  key.created = request.now;
  XL_CHECK(constraints.result());
  const auto canonical = crypto::canonical_p256_public(pem);
  if (!canonical) return fail(exceptions::kInvalidRequest, "The publicKey is " + canonical.error().detail + ".");
  key.public_pem = *canonical;
  return [key](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.claim_grants().insert_key(key));
    return shown(key);
  };
}

tl::expected<Change, Fault> revoke_voucher_key(const Request& request, const Site&) {
  XL_CHECK(check_vendor(request));
  return [vendor = request.account.id,
          id = find_parameter(request.labels, "keyId").value_or("")](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.claim_grants().revoke_key(vendor, id));
    return Reply{};
  };
}

Outcome list_voucher_keys(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_CHECK(check_vendor(request));
  XL_TRY(const auto keys, registry.claim_grants().keys_of(request.account.id));
  boost::json::array out;
  for (const cloud::VoucherKey& key : keys) out.push_back(shown(key));
  return Reply{{"voucherKeys", std::move(out)}};
}

}  // namespace xl::api
