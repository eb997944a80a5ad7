// SPDX-License-Identifier: Apache-2.0
// Private to pki/: assembles and signs one X.509 certificate.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "pki/authority.hpp"

namespace xl::pki {

/// Collects the parts; the first failure sticks and finish() reports it.
class CertificateBuilder {
 public:
  CertificateBuilder();
  CertificateBuilder& serial(ByteView big_endian);
  CertificateBuilder& validity(UnixMillis not_before, UnixMillis not_after);
  /// UTF-8; empty values are left out.
  CertificateBuilder& subject(std::string_view short_name, std::string_view value);
  CertificateBuilder& subject(const X509_NAME* name);
  CertificateBuilder& public_key(EVP_PKEY* key);
  /// As it stands in a signing request. Cheaper: OpenSSL encodes a key anew, and reads back what it has written.
  CertificateBuilder& public_key(X509_REQ* request);
  /// In the syntax of OpenSSL's configuration ("critical,CA:FALSE"). After public_key() and issuer().
  CertificateBuilder& extension(int nid, const std::string& value);
  /// nullptr: self-signed, the issuer is the subject.
  CertificateBuilder& issuer(const Certificate* ca);
  Result<Certificate> finish(EVP_PKEY* signing_key);

 private:
  void need(bool good, const char* what);
  X509Ptr x509_;
  X509* issuer_ = nullptr;
  std::string failure_;
};

}  // namespace xl::pki
