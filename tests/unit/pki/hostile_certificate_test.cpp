// SPDX-License-Identifier: Apache-2.0
// Certificates and PEM texts that a stranger may send: each is an error or a plain fact, never a crash or a wait.
#include <gtest/gtest.h>
#include <openssl/rsa.h>
#include <openssl/ui.h>
#include <openssl/x509v3.h>

#include "pki/birth_certificate.hpp"
#include "pki/builder.hpp"

namespace xl::pki {
namespace {

class HostileCertificate : public testing::Test {
 protected:
  UnixMillis now_ = wall_now();
  Authority root_ = *create_root_ca("Root", "ACME", 25, now_);
  Authority ca_ = *create_issuing_ca(root_, "ACME M-1", "ACME", "M-1", 24, now_);
  PrivateKey key_ = PrivateKey::generate_p256();
  Certificate leaf_ = *issue_birth_certificate(ca_, key_.pkey(), random_uid(), "ACME", "M-1", now_);

  static std::string der_of(const X509* x509) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(x509, &der);
    const std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
  }
  X509Ptr copy_of_leaf() { return X509Ptr(X509_dup(leaf_.x509())); }
  X509Ptr signed_again(X509Ptr x509) {
    X509_sign(x509.get(), ca_.key.pkey(), EVP_sha256());
    return x509;
  }
  /// As CertificateBuilder would never make it: no limit of X.520 applies to a raw type.
  X509Ptr with_common_name(std::string_view value, int copies = 1) {
    X509Ptr x509 = copy_of_leaf();
    for (int i = 0; i < copies; ++i) {
      X509_NAME_add_entry_by_NID(X509_get_subject_name(x509.get()), NID_commonName, V_ASN1_UTF8STRING,
                                 reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()),
                                 -1, 0);
    }
    return signed_again(std::move(x509));
  }
  static std::string error_of(const X509Ptr& x509) {
    const auto certificate = Certificate::from_der(der_of(x509.get()));
    return certificate ? "" : certificate.error().detail;
  }
};

TEST_F(HostileCertificate, ANulInANameIsRefused) {
  EXPECT_NE(error_of(with_common_name(std::string_view("a\0b", 3))).find("NUL"), std::string::npos);
  EXPECT_EQ(error_of(with_common_name("ab")), "");
}

TEST_F(HostileCertificate, HugeNamesAreRefused) {
  EXPECT_NE(error_of(with_common_name(std::string(9000, 'a'))).find("8 KiB"), std::string::npos);
  EXPECT_NE(error_of(with_common_name("a", 70)).find("64 attributes"), std::string::npos);
}

TEST_F(HostileCertificate, InvalidUtf8InANameIsRefused) { EXPECT_NE(error_of(with_common_name("\xff\xfe")), ""); }

TEST_F(HostileCertificate, DatesThatAreNoneAreRefused) {
  const std::string der = der_of(leaf_.x509());
  const auto at = der.find("\x17\x0d") + 2;  // the first UTCTime: notBefore
  for (const char* text : {"999999999999Z", "26010299999zZ", "\0\0\0\0\0\0\0\0\0\0\0\0\0"}) {
    const auto certificate = Certificate::from_der(std::string(der).replace(at, 13, std::string(text, 13)));
    EXPECT_FALSE(certificate);
  }
}

TEST_F(HostileCertificate, DatesFarAwayAreFacts) {
  for (const char* text : {"00010101000000Z", "99991231235959Z"}) {
    X509Ptr x509 = copy_of_leaf();
    ASSERT_EQ(ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), text), 1);
    EXPECT_EQ(error_of(signed_again(std::move(x509))), "");
  }
}

TEST_F(HostileCertificate, EveryChangedByteIsAnErrorOrACertificateThatTheCaDidNotSign) {
  const std::string der = der_of(leaf_.x509());
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (unsigned flip : {0x01U, 0x80U, 0xffU}) {
      std::string changed = der;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ flip);
      const auto certificate = Certificate::from_der(changed);
      if (certificate) EXPECT_FALSE(check_unknown_leaf(*certificate, ca_.certificate, now_)) << i;
      if (certificate) EXPECT_FALSE(broken_birth_certificate_rules(*certificate, &ca_.certificate).empty()) << i;
    }
  }
}

TEST_F(HostileCertificate, EveryCutAndEveryTailIsRefused) {
  const std::string der = der_of(leaf_.x509());
  for (std::size_t i = 0; i < der.size(); ++i) EXPECT_FALSE(Certificate::from_der(der.substr(0, i))) << i;
  EXPECT_FALSE(Certificate::from_der(der + '\0'));
  EXPECT_FALSE(Certificate::from_x509(nullptr));
}

TEST_F(HostileCertificate, ACriticalExtensionThatNobodyKnowsIsRefusedAsALeaf) {
  const int nid = OBJ_create("1.3.6.1.4.1.55555.7", "xlTestExtension", "an extension of a test");
  CertificateBuilder builder;
  builder.serial(random_uid()).validity(now_, now_ + std::chrono::hours(24)).subject("CN", "x").public_key(key_.pkey());
  builder.issuer(&ca_.certificate).extension(NID_key_usage, "critical,digitalSignature");
  builder.extension(nid, "critical,DER:0500");
  const auto odd = builder.finish(ca_.key.pkey());
  ASSERT_TRUE(odd) << odd.error().detail;
  const auto status = check_unknown_leaf(*odd, ca_.certificate, now_);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().detail.find("critical"), std::string::npos);
}

TEST_F(HostileCertificate, APssSignatureWithSha2IsSha2) {
  const PkeyPtr rsa(EVP_RSA_gen(2048));
  X509Ptr x509 = copy_of_leaf();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  EVP_DigestSignInit(context, &parameters, EVP_sha256(), nullptr, rsa.get());
  EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
  EXPECT_GT(X509_sign_ctx(x509.get(), context), 0);
  EVP_MD_CTX_free(context);
  EXPECT_TRUE(Certificate::from_der(der_of(x509.get()))->facts().signed_with_sha2);
}

TEST_F(HostileCertificate, TextAfterTheCertificateIsRefusedInASinglePemButNotInABundle) {
  const std::string& pem = leaf_.facts().pem;
  EXPECT_TRUE(Certificate::from_pem("Certificate:\n" + pem + "\r\n"));
  EXPECT_TRUE(Certificate::from_pem(pem + "\n" + ca_.certificate.facts().pem));
  EXPECT_FALSE(Certificate::from_pem(pem + "tail"));
  EXPECT_FALSE(Certificate::from_pem(pem + key_.to_pem()));
  const auto bundle =
      Certificate::bundle_from_pem("# one\n" + pem + "# two\n" + ca_.certificate.facts().pem + "# end\n");
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->size(), 2U);
}

int questions = 0;
int count_question(UI*) {
  ++questions;
  return 0;  // as if nobody answered
}

/// OpenSSL asks for the passphrase of an "encrypted" block on the terminal: a server would stop there.
TEST_F(HostileCertificate, NobodyIsAskedForThePassphraseOfAnEncryptedBlock) {
  UI_METHOD* method = UI_create_method("counts");
  UI_method_set_opener(method, &count_question);
  const UI_METHOD* before = UI_get_default_method();
  UI_set_default_method(method);
  const auto encrypted = [](std::string pem) {
    const std::string header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n";
    return pem.insert(pem.find('\n') + 1, header);
  };
  EXPECT_FALSE(Certificate::from_pem(encrypted(leaf_.facts().pem)));
  EXPECT_FALSE(Certificate::bundle_from_pem(leaf_.facts().pem + encrypted(leaf_.facts().pem)));
  EXPECT_FALSE(PrivateKey::from_pem(encrypted(key_.to_pem())));
  UI_set_default_method(before);
  UI_destroy_method(method);
  EXPECT_EQ(questions, 0);
}

}  // namespace
}  // namespace xl::pki
