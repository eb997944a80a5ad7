// SPDX-License-Identifier: Apache-2.0
// Certificates that the service issues, with a CA of the installation that nobody else trusts.
// source: AWS IoT API Reference, CreateKeysAndCertificate and CreateCertificateFromCsr
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"

namespace xl::api {
namespace {

tl::expected<const pki::Authority*, Fault> device_ca(const Site& site) {
  if (site.options.device_ca) return &*site.options.device_ca;
  return fail(exceptions::kServiceUnavailable, "This server has no CA to issue device certificates with.");
}

/// `more`: what only this answer tells, such as the private key.
Change keep(const Request& request, const pki::Certificate& issued, bool active, Reply more) {
  cloud::Certificate made = certificate_of(issued.facts(), request);
  made.mode = cloud::CertificateMode::standard;
  made.status = active ? cloud::CertificateStatus::active : cloud::CertificateStatus::inactive;
  more["certificateArn"] = request.arn("cert/" + made.id);
  more["certificateId"] = made.id;
  more["certificatePem"] = made.pem;
  return [made, reply = std::move(more)](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.certificates().insert(made));
    return reply;
  };
}

}  // namespace

tl::expected<Change, Fault> create_keys_and_certificate(const Request& request, const Site& site) {
  Constraints constraints;
  const bool active = constraints.query_flag(request, "setAsActive").value_or(false);
  XL_CHECK(constraints.result());
  XL_TRY(const pki::Authority* ca, device_ca(site));
  const auto key = pki::PrivateKey::generate_rsa2048();
  XL_TRY(const auto issued, pki::issue_device_certificate(*ca, key, request.now));
  const Reply pair{{"PublicKey", key.public_pem()}, {"PrivateKey", key.to_traditional_pem()}};
  return keep(request, issued, active, {{"keyPair", pair}});
}

tl::expected<Change, Fault> create_certificate_from_csr(const Request& request, const Site& site) {
  Constraints constraints;
  const std::string csr =
      constraints.required_text(request.body, "certificateSigningRequest", rules::kCertificateSigningRequest);
  const bool active = constraints.query_flag(request, "setAsActive").value_or(false);
  XL_CHECK(constraints.result());
  XL_TRY(const pki::Authority* ca, device_ca(site));
  XL_TRY(const auto issued, pki::sign_request(*ca, csr, request.now));
  return keep(request, issued, active, {});
}

}  // namespace xl::api
