// SPDX-License-Identifier: Apache-2.0
// RegisterCACertificate and the registration code that proves possession of a CA's key.
#include "api/operations/ca_forms.hpp"
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/tag_forms.hpp"
#include "base/text.hpp"
#include "cloud/rules/account_rules.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "pki/certificate.hpp"

namespace xl::api {
namespace {

constexpr std::size_t kCodeBytes = 32;

struct Registration {
  cloud::CaCertificate ca;
  pki::Certificate certificate;
  std::optional<pki::Certificate> verification;
  std::optional<RegistrationConfig> config;
  TagMap tags;
};

Result<std::string> code_of(cloud::Registry& registry, const std::string& account_id) {
  XL_TRY(auto code, registry.accounts().registration_code(account_id));
  if (code) return *std::move(code);
  std::string fresh = crypto::random_hex(kCodeBytes);
  XL_CHECK(registry.accounts().set_registration_code(account_id, fresh));
  return fresh;
}

/// CN = registration code, signed by the CA, in date. source: RegisterCACertificate, certificateMode DEFAULT
tl::expected<void, Fault> check_possession(const pki::Certificate& ca, const pki::Certificate& verification,
                                           const std::string& code, UnixMillis now) {
  const auto& facts = verification.facts();
  const auto common_name = facts.subject_attribute("CN");
  if (!common_name || !crypto::equal_constant_time(to_lower(*common_name), code)) {
    return fail(exceptions::kRegistrationCodeValidation,
                "The common name of the verification certificate is not this account's registration code.");
  }
  if (!ca.has_signed(verification)) {
    return fail(exceptions::kCertificateValidation,
                "The verification certificate is not signed by the CA certificate's key.");
  }
  if (now < facts.not_before || now > facts.not_after)
    return fail(exceptions::kCertificateValidation, "The verification certificate is outside its validity period.");
  return {};
}

/// Without SNI a CA must lead to one account, so DEFAULT mode may be used by one only.
tl::expected<void, Fault> check_unclaimed(const cloud::Registry& registry, const Request& request,
                                          const cloud::CaCertificate& ca) {
  XL_TRY(const auto accounts, registry.accounts().list());
  for (const cloud::Account& account : accounts) {
    const auto found = registry.ca_certificates().find(account.id, ca.id);
    if (!found && found.error().code != Errc::not_found) return fail(Fault(found.error()));
    if (!found) continue;
    const bool both_default =
        found->mode == cloud::CertificateMode::standard && ca.mode == cloud::CertificateMode::standard;
    if (account.id == ca.account_id || both_default)
      return fail(already_registered(request, "cacert/", ca.id, "The CA certificate is already registered."));
  }
  return {};
}

Outcome register_in(cloud::Registry& registry, const Request& request, Registration registration) {
  cloud::CaCertificate& ca = registration.ca;
  XL_CHECK(check_unclaimed(registry, request, ca));
  if (registration.verification) {
    XL_TRY(const std::string code, code_of(registry, ca.account_id));
    XL_CHECK(check_possession(registration.certificate, *registration.verification, code, request.now));
  }
  XL_CHECK(within(cloud::rules::check_subject(registry, ca.account_id, ca.subject_der), exceptions::kLimitExceeded));
  if (registration.config) {
    XL_CHECK(check_named_template(registry, ca.account_id, *registration.config));
    apply(*registration.config, ca);
  }
  XL_CHECK(registry.ca_certificates().insert(ca));
  XL_CHECK(put_tags(registry, ca.account_id, request.arn("cacert/" + ca.id), registration.tags));
  return Reply{{"certificateArn", request.arn("cacert/" + ca.id)}, {"certificateId", ca.id}};
}

cloud::CaCertificate ca_of(const pki::CertificateFacts& facts, const Request& request) {
  cloud::CaCertificate ca;
  ca.account_id = request.account.id;
  ca.id = facts.fingerprint;
  ca.pem = facts.pem;
  ca.subject_der = facts.subject_der;
  ca.subject_key_id = facts.subject_key_id_hex;
  ca.not_before = facts.not_before;
  ca.not_after = facts.not_after;
  ca.created = ca.modified = request.now;
  return ca;
}

tl::expected<void, Fault> check_mode(bool sni_only, bool has_verification) {
  if (sni_only && has_verification) {
    return fail(exceptions::kInvalidRequest,
                "A verification certificate must not be given with certificate mode SNI_ONLY.");
  }
  if (!sni_only && !has_verification)
    return fail(exceptions::kInvalidRequest, "A verification certificate is required with certificate mode DEFAULT.");
  return {};
}

}  // namespace

tl::expected<Change, Fault> get_registration_code(const Request& request, const Site&) {
  return [account = request.account.id](cloud::Registry& registry) -> Outcome {
    XL_TRY(const std::string code, code_of(registry, account));
    return Reply{{"registrationCode", code}};
  };
}

tl::expected<Change, Fault> delete_registration_code(const Request& request, const Site&) {
  return [account = request.account.id](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.accounts().set_registration_code(account, std::nullopt));
    return Reply{};
  };
}

tl::expected<Change, Fault> register_ca_certificate(const Request& request, const Site&) {
  Constraints constraints;
  const std::string pem = constraints.required_text(request.body, "caCertificate", rules::kCertificatePem);
  const auto verification = constraints.text(request.body, "verificationCertificate", rules::kCertificatePem);
  const auto mode = constraints.choice(request.body, "certificateMode", {"DEFAULT", "SNI_ONLY"});
  const bool active = constraints.query_flag(request, "setAsActive").value_or(false);
  const bool automatic = constraints.query_flag(request, "allowAutoRegistration").value_or(false);
  const auto config = registration_config(constraints, request.body);
  const TagMap tags = tags_of(constraints, request.body);
  XL_CHECK(constraints.result());
  const bool sni_only = mode == "SNI_ONLY";
  XL_CHECK(check_mode(sni_only, verification.has_value()));
  if (config) XL_CHECK(check_config(*config));
  XL_TRY(auto certificate, parse_certificate(pem, "CA certificate"));
  if (const auto good = pki::check_registrable_ca(certificate, request.now); !good)
    return fail(exceptions::kCertificateValidation, good.error().detail);

  Registration registration{ca_of(certificate.facts(), request), certificate, std::nullopt, config, tags};
  registration.ca.mode = sni_only ? cloud::CertificateMode::sni_only : cloud::CertificateMode::standard;
  registration.ca.status = active ? cloud::CaStatus::active : cloud::CaStatus::inactive;
  registration.ca.auto_registration = automatic;
  if (verification) {
    XL_TRY(registration.verification, parse_certificate(*verification, "verification certificate"));
  }
  return [request, registration = std::move(registration)](cloud::Registry& registry) {
    return register_in(registry, request, registration);
  };
}

}  // namespace xl::api
