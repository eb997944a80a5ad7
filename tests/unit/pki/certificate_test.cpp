// SPDX-License-Identifier: Apache-2.0
#include "pki/certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "pki/birth_certificate.hpp"
#include "pki/builder.hpp"

namespace xl::pki {
namespace {

constexpr std::chrono::hours kYear{24 * 365};

class Certificates : public testing::Test {
 protected:
  UnixMillis now_ = wall_now();
  Authority root_ = *create_root_ca("Root", "ACME", 25, now_);
  Authority ca_ = *create_issuing_ca(root_, "ACME M-1", "ACME", "M-1", 24, now_);
  PrivateKey key_ = PrivateKey::generate_p256();
  Uid uid_ = random_uid();
  Certificate leaf_ = *issue_birth_certificate(ca_, key_.pkey(), uid_, "ACME", "M-1", now_);

  std::string reason(const Certificate& leaf, const Certificate& ca, UnixMillis now) {
    const auto status = check_unknown_leaf(leaf, ca, now);
    return status ? "" : status.error().detail;
  }
};

TEST_F(Certificates, ABirthCertificateCarriesTheUidAndBreaksNoRule) {
  const CertificateFacts& facts = leaf_.facts();
  EXPECT_EQ(facts.serial_hex, thing_name_of(uid_));
  EXPECT_EQ(facts.subject_attribute("serialNumber"), thing_name_of(uid_));
  EXPECT_EQ(facts.subject_attribute("O"), "ACME");
  EXPECT_GE(facts.not_after - now_, kYear * 10);
  EXPECT_LT(facts.not_before, now_);
  EXPECT_TRUE(broken_birth_certificate_rules(leaf_, &ca_.certificate).empty());
}

TEST_F(Certificates, UidsArePositiveAndKeepTheirLength) {
  for (int i = 0; i < 1000; ++i) {
    const Uid uid = random_uid();
    EXPECT_GE(uid[0], 0x40);
    EXPECT_LE(uid[0], 0x7f);
    EXPECT_EQ(thing_name_of(uid).size(), 40U);
  }
}

TEST_F(Certificates, PemAndDerGiveTheSameFacts) {
  const auto again = Certificate::from_pem(leaf_.facts().pem);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->facts().fingerprint, leaf_.facts().fingerprint);
  EXPECT_EQ(again->facts().pem, leaf_.facts().pem);
  EXPECT_EQ(Certificate::bundle_from_pem(leaf_.facts().pem + ca_.certificate.facts().pem)->size(), 2U);
}

TEST_F(Certificates, BrokenPemIsRefusedAtEveryCut) {
  const std::string& pem = leaf_.facts().pem;
  for (std::size_t cut = 0; cut + 2 < pem.size(); cut += 7)
    EXPECT_FALSE(Certificate::from_pem(pem.substr(0, cut))) << cut;
  EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

TEST_F(Certificates, ALeafIsAcceptedFromItsDirectIssuerOnly) {
  EXPECT_EQ(reason(leaf_, ca_.certificate, now_), "");
  EXPECT_NE(reason(leaf_, root_.certificate, now_), "");
  const Authority twin = *create_issuing_ca(root_, "ACME M-1", "ACME", "M-1", 24, now_);
  EXPECT_NE(reason(leaf_, twin.certificate, now_), "") << "same subject, another key";
}

TEST_F(Certificates, DatesAreChecked) {
  EXPECT_NE(reason(leaf_, ca_.certificate, leaf_.facts().not_before - std::chrono::seconds(1)), "");
  EXPECT_NE(reason(leaf_, ca_.certificate, leaf_.facts().not_after + std::chrono::seconds(1)), "");
}

TEST_F(Certificates, ACaOrACertificateWithoutDigitalSignatureIsNoLeaf) {
  EXPECT_NE(reason(ca_.certificate, root_.certificate, now_).find("CA:TRUE"), std::string::npos);
  CertificateBuilder builder;
  builder.serial(uid_).validity(now_ - kYear, now_ + kYear).subject("CN", "x").public_key(key_.pkey());
  builder.issuer(&ca_.certificate).extension(NID_key_usage, "keyEncipherment");
  const Certificate odd = *builder.finish(ca_.key.pkey());
  EXPECT_NE(reason(odd, ca_.certificate, now_).find("digitalSignature"), std::string::npos);
  EXPECT_FALSE(broken_birth_certificate_rules(odd, &ca_.certificate).empty());
}

TEST_F(Certificates, WeakRsaKeysAreRefused) {
  const PkeyPtr weak(EVP_RSA_gen(1024));
  const Certificate leaf = *issue_birth_certificate(ca_, weak.get(), uid_, "ACME", "M-1", now_);
  EXPECT_NE(reason(leaf, ca_.certificate, now_).find("2048"), std::string::npos);
}

TEST_F(Certificates, OnlyCasMayBeRegistered) {
  EXPECT_TRUE(check_registrable_ca(ca_.certificate, now_));
  EXPECT_FALSE(check_registrable_ca(leaf_, now_));
  EXPECT_FALSE(check_registrable_ca(ca_.certificate, now_ + kYear * 30));
}

TEST_F(Certificates, EveryBrokenRuleOfTheProfileIsNamed) {
  CertificateBuilder builder;
  const Byte small = 7;
  builder.serial({&small, 1}).validity(now_, now_ + kYear).subject("CN", "x").public_key(key_.pkey());
  builder.issuer(&root_.certificate).extension(NID_key_usage, "critical,digitalSignature");
  const auto broken = broken_birth_certificate_rules(*builder.finish(root_.key.pkey()), &ca_.certificate);
  const auto names = [&](std::string_view text) {
    return std::any_of(broken.begin(), broken.end(),
                       [&](const std::string& rule) { return rule.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(names("128 bits"));
  EXPECT_TRUE(names("ten years"));
  EXPECT_TRUE(names("serialNumber"));
  EXPECT_TRUE(names("issuer"));
}

TEST_F(Certificates, ServerCertificatesCoverNamesAndAddresses) {
  const auto server = issue_server_certificate(root_, key_, {"*.iot.localhost", "127.0.0.1", "::1"}, 397, now_);
  ASSERT_TRUE(server) << server.error().detail;
  EXPECT_EQ(X509_check_host(server->x509(), "abc-ats.iot.localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(server->x509(), "elsewhere.localhost", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(server->x509(), "::1", 0), 1);
}

TEST_F(Certificates, PrivateKeysRoundTripAndRefuseEncryptedOrBrokenOnes) {
  const auto again = PrivateKey::from_pem(key_.to_pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(EVP_PKEY_eq(again->pkey(), key_.pkey()), 1);
  EXPECT_FALSE(PrivateKey::from_pem("nonsense"));
}

}  // namespace
}  // namespace xl::pki
