// SPDX-License-Identifier: Apache-2.0
#include "api/operations/certificate_forms.hpp"

#include "api/operations/ca_forms.hpp"
#include "base/text.hpp"

namespace xl::api {

using cloud::CertificateStatus;

namespace {

/// The registered, active CAs that have signed it.
tl::expected<std::vector<cloud::CaCertificate>, Fault> signers_of(const cloud::Registry& registry,
                                                                  const std::string& account_id,
                                                                  const pki::Certificate& leaf,
                                                                  const std::optional<pki::Certificate>& given) {
  XL_TRY(const auto namesakes, registry.ca_certificates().find_by_subject(account_id, leaf.facts().issuer_der));
  std::vector<cloud::CaCertificate> signers;
  for (const cloud::CaCertificate& ca : namesakes) {
    if (ca.status != cloud::CaStatus::active) continue;
    if (given && given->facts().fingerprint != ca.id) continue;
    const auto certificate = pki::Certificate::from_pem(ca.pem);
    if (certificate && certificate->has_signed(leaf)) signers.push_back(ca);
  }
  return signers;
}

}  // namespace

const char* status_text(CertificateStatus status) {
  switch (status) {
    case CertificateStatus::active:
      return "ACTIVE";
    case CertificateStatus::inactive:
      return "INACTIVE";
    case CertificateStatus::revoked:
      return "REVOKED";
    case CertificateStatus::pending_transfer:
      return "PENDING_TRANSFER";
    case CertificateStatus::pending_activation:
    case CertificateStatus::dormant:
      return "PENDING_ACTIVATION";
  }
  return "INACTIVE";
}

tl::expected<CertificateStatus, Fault> requested_status(const std::string& text) {
  if (text == "ACTIVE") return CertificateStatus::active;
  if (text == "INACTIVE" || text == "REGISTER_INACTIVE") return CertificateStatus::inactive;
  if (text == "REVOKED") return CertificateStatus::revoked;
  return fail(exceptions::kInvalidRequest,
              "The status " + text + " cannot be set by a caller. Use ACTIVE, INACTIVE or REVOKED.");
}

tl::expected<std::string, Fault> certificate_label(const Request& request, std::string_view name) {
  Constraints constraints;
  std::string id = to_lower(constraints.label(request, name, rules::kCertificateId));
  XL_CHECK(constraints.result());
  return id;
}

tl::expected<pki::Certificate, Fault> parse_certificate(const std::string& pem, const char* what) {
  auto certificate = pki::Certificate::from_pem(pem);
  if (certificate) return *std::move(certificate);
  return fail(exceptions::kCertificateValidation,
              std::string("The ") + what + " cannot be read: " + certificate.error().detail);
}

cloud::Certificate certificate_of(const pki::CertificateFacts& facts, const Request& request) {
  cloud::Certificate certificate;
  certificate.account_id = request.account.id;
  certificate.id = facts.fingerprint;
  certificate.pem = facts.pem;
  certificate.not_before = facts.not_before;
  certificate.not_after = facts.not_after;
  certificate.created = certificate.modified = request.now;
  return certificate;
}

Reply certificate_summary(const Request& request, const cloud::Certificate& certificate) {
  return {{"certificateArn", request.arn("cert/" + certificate.id)},
          {"certificateId", certificate.id},
          {"status", status_text(certificate.status)},
          {"certificateMode", text_of(certificate.mode)},
          {"creationDate", timestamp(certificate.created)}};
}

tl::expected<cloud::CaCertificate, Fault> signer_of(const cloud::Registry& registry, const std::string& account_id,
                                                    const pki::Certificate& leaf,
                                                    const std::optional<pki::Certificate>& given) {
  XL_TRY(const auto signers, signers_of(registry, account_id, leaf, given));
  if (signers.empty()) {
    return fail(exceptions::kCertificateValidation,
                "CA certificate is not registered for this account or is not ACTIVE, or it did not sign the "
                "certificate.");
  }
  if (signers.size() > 1) {
    return fail(exceptions::kCertificateConflict,
                "Several registered CA certificates have signed the certificate; name one with caCertificatePem.");
  }
  return signers.front();
}

Fault already_registered(const Request& request, const std::string& resource, const std::string& id,
                         std::string message) {
  return {exceptions::kResourceAlreadyExists,
          std::move(message),
          {{"resourceId", id}, {"resourceArn", request.arn(resource + id)}}};
}

}  // namespace xl::api
