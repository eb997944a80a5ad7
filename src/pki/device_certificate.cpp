// SPDX-License-Identifier: Apache-2.0
// Device certificates that the service itself issues. source: AWS IoT API Reference, CreateKeysAndCertificate and
// CreateCertificateFromCsr
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/lean_library.hpp"
#include "pki/authority.hpp"
#include "pki/builder.hpp"
#include "pki/uid.hpp"

namespace xl::pki {
namespace {

const UnixMillis kEndOf2049 = from_millis(2'524'607'999'000);
constexpr std::chrono::minutes kClockSlack{5};

/// Subject and public key are there.
Result<Certificate> issue(CertificateBuilder& builder, const Authority& ca, UnixMillis now,
                          UnixMillis until = kEndOf2049) {
  builder.serial(random_uid())
      .validity(now - kClockSlack, until)
      .issuer(&ca.certificate)
      .extension(NID_basic_constraints, "critical,CA:FALSE")
      .extension(NID_key_usage, "critical,digitalSignature")
      .extension(NID_ext_key_usage, "clientAuth")
      .extension(NID_subject_key_identifier, "hash")
      .extension(NID_authority_key_identifier, "keyid:always");
  return builder.finish(ca.key.pkey());
}

X509ReqPtr read_request(std::string_view pem, OSSL_LIB_CTX* library) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509_REQ* into = X509_REQ_new_ex(library, nullptr);
  X509ReqPtr request(bio && into != nullptr ? PEM_read_bio_X509_REQ(bio.get(), &into, nullptr, nullptr) : nullptr);
  if (!request) X509_REQ_free(into);
  return request;
}

}  // namespace

Result<Certificate> issue_device_certificate(const Authority& ca, const PrivateKey& key, UnixMillis now) {
  CertificateBuilder builder;
  builder.subject("CN", "AWS IoT Certificate").public_key(key.pkey());
  return issue(builder, ca, now);
}

Result<Certificate> issue_claim_certificate(const Authority& ca, const PrivateKey& key, UnixMillis now,
                                            UnixMillis until) {
  CertificateBuilder builder;
  builder.subject("CN", "AWS IoT Certificate").public_key(key.pkey());
  return issue(builder, ca, now, until);
}

Result<Certificate> sign_request(const Authority& ca, std::string_view request_pem, UnixMillis now) {
  X509ReqPtr request;
  EVP_PKEY* key = nullptr;
  bool is_proven = false;
  // A key is read faster where few algorithms are known; what is not known there is found by OpenSSL at large.
  for (OSSL_LIB_CTX* library : {crypto::lean_library(), static_cast<OSSL_LIB_CTX*>(nullptr)}) {
    request = read_request(request_pem, library);
    key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
    is_proven = key != nullptr && X509_REQ_verify(request.get(), key) == 1;
    if (is_proven) break;
  }
  ERR_clear_error();
  if (key == nullptr) return fail(Error::invalid("The certificate signing request cannot be read."));
  if (!is_proven) return fail(Error::invalid("The signature of the certificate signing request does not verify."));
  CertificateBuilder builder;
  builder.subject(X509_REQ_get_subject_name(request.get())).public_key(request.get());
  XL_TRY(Certificate certificate, issue(builder, ca, now));
  if (!has_accepted_key(certificate.facts()))
    return fail(Error::invalid("The key must be RSA of at least 2048 bits or EC P-256, P-384 or P-521."));
  return certificate;
}

}  // namespace xl::pki
