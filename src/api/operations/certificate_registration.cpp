// SPDX-License-Identifier: Apache-2.0
// Certificates that others have issued. No possession of the key is proved here: custody changes only when the module
// connects. source: AWS IoT API Reference, RegisterCertificate and RegisterCertificateWithoutCA
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"

namespace xl::api {
namespace {

using cloud::CertificateStatus;

struct Registration {
  pki::Certificate leaf;
  CertificateStatus status = CertificateStatus::inactive;
  std::optional<pki::Certificate> ca;  ///< as given; nullopt: look for it
};

tl::expected<CertificateStatus, Fault> status_of(const std::optional<std::string>& text, bool active) {
  if (!text) return active ? CertificateStatus::active : CertificateStatus::inactive;
  if (text->starts_with("PENDING_"))
    return fail(exceptions::kCertificateState, "Not allowed to register certificate with " + *text + " status");
  return requested_status(*text);
}

tl::expected<Registration, Fault> registration_of(const Request& request, bool may_name_ca) {
  Constraints constraints;
  const std::string pem = constraints.required_text(request.body, "certificatePem", rules::kCertificatePem);
  const auto ca_pem = may_name_ca ? constraints.text(request.body, "caCertificatePem", rules::kCertificatePem)
                                  : std::optional<std::string>();
  const auto status = constraints.choice(
      request.body, "status",
      {"ACTIVE", "INACTIVE", "REVOKED", "PENDING_TRANSFER", "REGISTER_INACTIVE", "PENDING_ACTIVATION"});
  const bool active = constraints.query_flag(request, "setAsActive").value_or(false);
  XL_CHECK(constraints.result());
  XL_TRY(auto leaf, parse_certificate(pem, "certificate"));
  if (request.now > leaf.facts().not_after)
    return fail(exceptions::kCertificateValidation, "The certificate has expired.");
  Registration registration{std::move(leaf), CertificateStatus::inactive, std::nullopt};
  XL_TRY(registration.status, status_of(status, active));
  if (ca_pem) {
    XL_TRY(registration.ca, parse_certificate(*ca_pem, "CA certificate"));
  }
  return registration;
}

/// Without SNI a certificate must lead to one account, so DEFAULT mode may be used by one only.
tl::expected<void, Fault> check_unclaimed(const cloud::Registry& registry, const Request& request,
                                          const cloud::Certificate& made) {
  const auto taken = [&] {
    return fail(already_registered(request, "cert/", made.id, "The certificate is already provisioned or registered"));
  };
  if (registry.certificates().find(made.account_id, made.id)) return taken();
  if (made.mode == cloud::CertificateMode::sni_only) return {};
  XL_TRY(const auto accounts, registry.accounts().list());
  for (const cloud::Account& account : accounts) {
    const auto found = registry.certificates().find(account.id, made.id);
    if (found && found->mode == cloud::CertificateMode::standard) return taken();
  }
  return {};
}

Outcome insert_in(cloud::Registry& registry, const Request& request, const cloud::Certificate& made) {
  XL_CHECK(check_unclaimed(registry, request, made));
  XL_CHECK(registry.certificates().insert(made));
  return Reply{{"certificateArn", request.arn("cert/" + made.id)}, {"certificateId", made.id}};
}

}  // namespace

tl::expected<Change, Fault> register_certificate(const Request& request, const Site&) {
  XL_TRY(const Registration registration, registration_of(request, true));
  return [request, registration](cloud::Registry& registry) -> Outcome {
    XL_TRY(const auto ca, signer_of(registry, request.account.id, registration.leaf, registration.ca));
    cloud::Certificate made = certificate_of(registration.leaf.facts(), request);
    made.status = registration.status;
    made.mode = ca.mode;
    made.ca_certificate_id = ca.id;
    return insert_in(registry, request, made);
  };
}

tl::expected<Change, Fault> register_certificate_without_ca(const Request& request, const Site&) {
  XL_TRY(const Registration registration, registration_of(request, false));
  return [request, registration](cloud::Registry& registry) {
    cloud::Certificate made = certificate_of(registration.leaf.facts(), request);
    made.status = registration.status;
    return insert_in(registry, request, made);
  };
}

}  // namespace xl::api
