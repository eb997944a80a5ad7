// SPDX-License-Identifier: Apache-2.0
// X.509 certificates as plain facts, and the checks this system makes on them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::pki {

enum class KeyKind { ec_p256, ec_p384, ec_p521, rsa, other };

/// What is read out of one certificate.
struct CertificateFacts {
  std::string fingerprint;  ///< SHA-256 of the DER, 64 lower-case hex digits; AWS's certificateId
  std::string pem;          ///< re-encoded, 64 columns, one trailing newline
  std::string public_key;   ///< SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hex digits
  std::string serial_hex;   ///< lower case, two digits an octet, as in the DER (no sign octet stripped or added)
  bool serial_negative = false;
  std::string subject_der;  ///< raw DER of the Name
  std::string issuer_der;
  std::string subject_text;  ///< RFC 2253, for logs
  std::string issuer_text;
  std::vector<std::pair<std::string, std::string>>
      subject;  ///< short name ("CN", "O", "serialNumber" …) and UTF-8 value
  std::vector<std::pair<std::string, std::string>> issuer;
  std::string subject_key_id_hex;    ///< empty when absent
  std::string authority_key_id_hex;  ///< empty when absent
  UnixMillis not_before{};
  UnixMillis not_after{};
  int version = 3;
  bool is_ca = false;  ///< basicConstraints CA:TRUE
  bool has_key_usage = false;
  bool usage_digital_signature = false;
  bool usage_key_cert_sign = false;
  bool usage_client_auth = false;  ///< extendedKeyUsage clientAuth, stated (absent is false)
  /// A critical extension that OpenSSL does not know, or one that cannot be read. source: RFC 5280 4.2
  bool has_unusable_extension = false;
  KeyKind key_kind = KeyKind::other;
  int key_bits = 0;
  bool signed_with_sha2 = false;  ///< SHA-256, 384 or 512

  /// First value of a subject attribute, by short name; nullopt when absent.
  std::optional<std::string> subject_attribute(std::string_view short_name) const;
};

/// A parsed certificate; cheap to copy (shared).
class Certificate {
 public:
  /// errors: invalid_argument (not one PEM certificate; text after it is refused unless it is another certificate)
  static Result<Certificate> from_pem(std::string_view pem);
  static Result<Certificate> from_der(std::string_view der);
  static Result<Certificate> from_x509(X509* certificate);  ///< takes its own reference; nullptr is invalid_argument
  /// Every certificate of a PEM bundle, in order; at least one. Text between them is skipped.
  static Result<std::vector<Certificate>> bundle_from_pem(std::string_view pem);

  const CertificateFacts& facts() const { return shared_->facts; }
  X509* x509() const { return shared_->x509.get(); }
  std::string public_key_pem() const;  ///< SubjectPublicKeyInfo
  /// One signature check with this certificate's key; nothing else (no dates, no chain).
  bool has_signed(const Certificate& other) const;

 private:
  struct Shared {
    X509Ptr x509;
    CertificateFacts facts;
  };
  explicit Certificate(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<const Shared> shared_;
  friend Result<Certificate> make_certificate(X509Ptr);
};

/// The rules for a leaf that no registry knows yet (docs/security.md "Accepting an unknown leaf"): in date, not a CA,
/// keyUsage digitalSignature, no critical extension that is not understood, P-256/384/521 or RSA >= 2048, SHA-2,
/// directly signed by `ca` (subject, key id, signature), `ca` in date. errors: forbidden, the detail names the broken
/// rule.
Status check_unknown_leaf(const Certificate& leaf, const Certificate& ca, UnixMillis now);

/// P-256, P-384, P-521, or RSA of at least 2048 bits.
bool has_accepted_key(const CertificateFacts& facts);

/// A CA that may be registered: v3, CA:TRUE, RSA >= 2048 or P-256/384/521, SHA-2, in date. errors: invalid_argument
Status check_registrable_ca(const Certificate& ca, UnixMillis now);

}  // namespace xl::pki
