// SPDX-License-Identifier: Apache-2.0
// Certificates that the service makes from signing requests.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pki/authority.hpp"

namespace xl::pki {
namespace {

PkeyPtr key_of(const std::string& kind) {
  if (kind == "RSA") return PkeyPtr(EVP_RSA_gen(2048));
  if (kind == "ED25519") return PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return PkeyPtr(EVP_EC_gen(kind.c_str()));
}

std::string request_of(EVP_PKEY* key, EVP_PKEY* signer, const EVP_MD* digest) {
  const X509ReqPtr request(X509_REQ_new());
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("lamp"), -1, -1, 0);
  X509_REQ_set_pubkey(request.get(), key);
  X509_REQ_sign(request.get(), signer, digest);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(bio.get(), request.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

class SigningRequest : public ::testing::Test {
 protected:
  Result<Certificate> sign(const std::string& request) { return sign_request(*ca_, request, wall_now()); }
  const Result<Authority> ca_ = create_root_ca("Devices", "Acme", 10, wall_now());
};

TEST_F(SigningRequest, GivesACertificateOfItsKeyAndSubjectThatTheCaHasSigned) {
  for (const char* kind : {"P-256", "P-384", "P-521", "RSA"}) {
    const PkeyPtr key = key_of(kind);
    for (const EVP_MD* digest : {EVP_sha256(), EVP_sha512()}) {
      const auto made = sign(request_of(key.get(), key.get(), digest));
      ASSERT_TRUE(made) << kind << ": " << made.error().detail;
      EXPECT_EQ(EVP_PKEY_eq(X509_get0_pubkey(made->x509()), key.get()), 1) << kind;
      EXPECT_EQ(made->facts().subject_attribute("CN"), "lamp");
      EXPECT_FALSE(made->facts().subject_key_id_hex.empty());
      EXPECT_TRUE(ca_->certificate.has_signed(*made)) << kind;
      const auto read_again = Certificate::from_pem(made->facts().pem);
      ASSERT_TRUE(read_again);
      EXPECT_EQ(read_again->facts().key_kind, made->facts().key_kind);
      EXPECT_NE(made->facts().key_kind, KeyKind::other);
    }
  }
}

TEST_F(SigningRequest, IsRefusedWithTheReason) {
  const PkeyPtr edwards = key_of("ED25519"), small = PkeyPtr(EVP_RSA_gen(1024)), good = key_of("P-256");
  const auto reason = [this](const std::string& request) {
    const auto refused = sign(request);
    return refused ? "none" : refused.error().detail;
  };
  EXPECT_NE(reason(request_of(edwards.get(), edwards.get(), nullptr)).find("The key must be RSA"), std::string::npos);
  EXPECT_NE(reason(request_of(small.get(), small.get(), EVP_sha256())).find("The key must be RSA"), std::string::npos);
  EXPECT_NE(reason(request_of(good.get(), key_of("P-256").get(), EVP_sha256())).find("does not verify"),
            std::string::npos);
  EXPECT_NE(reason("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n").find("be read"),
            std::string::npos);
  EXPECT_NE(reason("").find("be read"), std::string::npos);
}

}  // namespace
}  // namespace xl::pki
