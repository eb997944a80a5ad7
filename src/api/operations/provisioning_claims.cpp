// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT API Reference, CreateProvisioningClaim
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"
#include "cloud/model/limits.hpp"

namespace xl::api {
namespace {

/// Those that have ended are swept whenever one is made: without new ones there are no more of them.
Outcome keep_claim(cloud::Registry& registry, const cloud::Certificate& claim, const Reply& reply) {
  XL_TRY(const auto found, registry.templates().find(claim.account_id, *claim.claim_template));
  if (found.type != cloud::TemplateType::fleet_provisioning) {
    return fail(exceptions::kInvalidRequest,
                "The provisioning template " + found.name + " is of type JITP; claims are for FLEET_PROVISIONING.");
  }
  if (!found.enabled)
    return fail(exceptions::kInvalidRequest, "The provisioning template " + found.name + " is not enabled.");
  XL_CHECK(registry.certificates().remove_claims_that_ended(claim.created));
  XL_CHECK(registry.certificates().insert(claim));
  return reply;
}

}  // namespace

tl::expected<Change, Fault> create_provisioning_claim(const Request& request, const Site& site) {
  Constraints constraints;
  const std::string name = constraints.label(request, "templateName", rules::kTemplateName);
  XL_CHECK(constraints.result());
  if (!site.options.device_ca)
    return fail(exceptions::kServiceUnavailable, "This server has no CA to issue device certificates with.");
  // P-256, where AWS gives RSA: an app asks for a claim per device, and RSA keys take their time.
  const auto key = pki::PrivateKey::generate_p256();
  const UnixMillis until = request.now + cloud::limits::kProvisioningClaimLifetime;
  XL_TRY(const auto issued, pki::issue_claim_certificate(*site.options.device_ca, key, request.now, until));
  cloud::Certificate claim = certificate_of(issued.facts(), request);
  claim.mode = cloud::CertificateMode::standard;
  claim.status = cloud::CertificateStatus::active;
  claim.claim_template = name;
  const Reply reply{{"certificateId", claim.id},
                    {"certificatePem", claim.pem},
                    {"keyPair", {{"PublicKey", key.public_pem()}, {"PrivateKey", key.to_traditional_pem()}}},
                    {"expiration", timestamp(issued.facts().not_after)}};
  return [claim, reply](cloud::Registry& registry) { return keep_claim(registry, claim, reply); };
}

}  // namespace xl::api
