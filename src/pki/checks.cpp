// SPDX-License-Identifier: Apache-2.0
// The rules for certificates of strangers: an unknown leaf, a CA that somebody wants to register.
#include "pki/certificate.hpp"

namespace xl::pki {
namespace {

constexpr int kRsaBitsMin = 2048;

bool in_date(const CertificateFacts& facts, UnixMillis now) {
  return facts.not_before <= now && now <= facts.not_after;
}

tl::unexpected<Error> refuse(std::string reason) { return fail(Error::forbidden(std::move(reason))); }

bool names_issuer(const CertificateFacts& leaf, const CertificateFacts& ca) {
  if (leaf.issuer_der != ca.subject_der) return false;
  return leaf.authority_key_id_hex.empty() || ca.subject_key_id_hex.empty() ||
         leaf.authority_key_id_hex == ca.subject_key_id_hex;
}

}  // namespace

bool has_accepted_key(const CertificateFacts& facts) {
  switch (facts.key_kind) {
    case KeyKind::ec_p256:
    case KeyKind::ec_p384:
    case KeyKind::ec_p521:
      return true;
    case KeyKind::rsa:
      return facts.key_bits >= kRsaBitsMin;
    case KeyKind::other:
      return false;
  }
  return false;
}

Status check_unknown_leaf(const Certificate& leaf, const Certificate& ca, UnixMillis now) {
  const CertificateFacts& facts = leaf.facts();
  if (now < facts.not_before) return refuse("the certificate is not valid yet");
  if (now > facts.not_after) return refuse("the certificate has expired");
  if (facts.is_ca) return refuse("the certificate is a CA's (CA:TRUE), not a device's");
  if (facts.has_unusable_extension)
    return refuse("the certificate has a critical extension that is not understood, or one that cannot be read");
  if (!facts.usage_digital_signature) return refuse("the certificate lacks keyUsage digitalSignature");
  if (!has_accepted_key(facts))
    return refuse("the certificate's key is none of P-256, P-384, P-521, RSA of 2048 bits or more");
  if (!facts.signed_with_sha2) return refuse("the certificate's signature does not use SHA-256, SHA-384 or SHA-512");
  if (!names_issuer(facts, ca.facts())) return refuse("the certificate's issuer is not this CA");
  if (!in_date(ca.facts(), now)) return refuse("the CA that issued the certificate is out of date");
  if (!ca.has_signed(leaf)) return refuse("the CA did not sign this certificate");
  return {};
}

Status check_registrable_ca(const Certificate& ca, UnixMillis now) {
  const CertificateFacts& facts = ca.facts();
  const auto refuse_ca = [](std::string reason) { return fail(Error::invalid(std::move(reason))); };
  if (facts.version != 3) return refuse_ca("The CA certificate is not X.509 version 3.");
  if (!facts.is_ca) return refuse_ca("The certificate is not a CA certificate (basicConstraints CA:TRUE is missing).");
  if (!has_accepted_key(facts))
    return refuse_ca("The CA key must be RSA of at least 2048 bits or EC P-256, P-384 or P-521.");
  if (!facts.signed_with_sha2) return refuse_ca("The CA certificate must be signed with SHA-256, SHA-384 or SHA-512.");
  if (!in_date(facts, now)) return refuse_ca("The CA certificate is expired or not valid yet.");
  return {};
}

}  // namespace xl::pki
