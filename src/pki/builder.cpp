// SPDX-License-Identifier: Apache-2.0
#include "pki/builder.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace xl::pki {

CertificateBuilder::CertificateBuilder() : x509_(X509_new()) {
  need(x509_ && X509_set_version(x509_.get(), X509_VERSION_3) == 1, "version");
}

void CertificateBuilder::need(bool good, const char* what) {
  if (!good && failure_.empty()) failure_ = what;
  if (!good) ERR_clear_error();
}

CertificateBuilder& CertificateBuilder::serial(ByteView big_endian) {
  BIGNUM* number = BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr);
  need(number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509_.get())) != nullptr, "serial number");
  BN_free(number);
  return *this;
}

CertificateBuilder& CertificateBuilder::validity(UnixMillis not_before, UnixMillis not_after) {
  const auto set = [](ASN1_TIME* field, UnixMillis time) {
    return ASN1_TIME_set(field, static_cast<time_t>(to_millis(time) / 1000)) != nullptr;
  };
  need(set(X509_getm_notBefore(x509_.get()), not_before) && set(X509_getm_notAfter(x509_.get()), not_after),
       "validity");
  return *this;
}

CertificateBuilder& CertificateBuilder::subject(std::string_view short_name, std::string_view value) {
  if (value.empty()) return *this;
  const std::string field(short_name);
  need(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509_.get()), field.c_str(), MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()),
                                  -1, 0) == 1,
       "subject (an attribute is too long or not UTF-8)");
  return *this;
}

CertificateBuilder& CertificateBuilder::subject(const X509_NAME* name) {
  need(X509_set_subject_name(x509_.get(), name) == 1, "subject");
  return *this;
}

CertificateBuilder& CertificateBuilder::public_key(EVP_PKEY* key) {
  need(X509_set_pubkey(x509_.get(), key) == 1, "public key");
  return *this;
}

CertificateBuilder& CertificateBuilder::public_key(X509_REQ* request) {
  X509_ALGOR* algorithm = nullptr;
  const unsigned char* bits = nullptr;
  int size = 0, type = V_ASN1_UNDEF;
  const void* parameter = nullptr;
  need(X509_PUBKEY_get0_param(nullptr, &bits, &size, &algorithm, X509_REQ_get_X509_PUBKEY(request)) == 1, "public key");
  if (!failure_.empty()) return *this;
  const ASN1_OBJECT* name = nullptr;
  X509_ALGOR_get0(&name, &type, &parameter, algorithm);
  // A named curve, or nothing (RSA). Other keys go the long way.
  const bool is_curve = type == V_ASN1_OBJECT;
  if (!is_curve && type != V_ASN1_NULL) return public_key(X509_REQ_get0_pubkey(request));
  auto* own_bits = static_cast<unsigned char*>(OPENSSL_memdup(bits, static_cast<std::size_t>(size)));
  ASN1_OBJECT* own_curve = is_curve ? OBJ_dup(static_cast<const ASN1_OBJECT*>(parameter)) : nullptr;
  const bool is_set = own_bits != nullptr && X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x509_.get()), OBJ_dup(name),
                                                                    type, own_curve, own_bits, size) == 1;
  if (!is_set) {
    OPENSSL_free(own_bits);
    ASN1_OBJECT_free(own_curve);
  }
  need(is_set, "public key");
  return *this;
}

CertificateBuilder& CertificateBuilder::issuer(const Certificate* ca) {
  issuer_ = ca != nullptr ? ca->x509() : x509_.get();
  need(X509_set_issuer_name(x509_.get(), X509_get_subject_name(issuer_)) == 1, "issuer");
  return *this;
}

CertificateBuilder& CertificateBuilder::extension(int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer_, x509_.get(), nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  need(extension != nullptr && X509_add_ext(x509_.get(), extension, -1) == 1, OBJ_nid2sn(nid));
  X509_EXTENSION_free(extension);
  return *this;
}

Result<Certificate> CertificateBuilder::finish(EVP_PKEY* signing_key) {
  need(X509_sign(x509_.get(), signing_key, EVP_sha256()) > 0, "signature");
  if (!failure_.empty()) return fail(Error::invalid("the certificate cannot be made: " + failure_));
  // Parsed again from its DER: what is handed out is what a reader of the file will see.
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509_.get(), &der);
  if (size <= 0) return fail(Error::internal("the certificate cannot be encoded"));
  const std::string encoded(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return Certificate::from_der(encoded);
}

}  // namespace xl::pki
