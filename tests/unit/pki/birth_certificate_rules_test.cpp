// SPDX-License-Identifier: Apache-2.0
// The rules of guide 11.1.3 at their edges, on certificates of other makers.
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/text.hpp"
#include "pki/birth_certificate.hpp"
#include "pki/builder.hpp"

namespace xl::pki {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

class BirthCertificateRules : public testing::Test {
 protected:
  UnixMillis start_ = sys_days{year(2026) / 1 / 1};
  Authority ca_ = *create_root_ca("Root", "ACME", 35, start_);
  PrivateKey key_ = PrivateKey::generate_p256();
  std::vector<Byte> serial_ = std::vector<Byte>(16, 0x5a);
  std::string name_ = hex_encode(serial_);

  std::vector<std::string> broken(UnixMillis until) {
    CertificateBuilder builder;
    builder.serial(serial_).validity(start_, until).subject("O", "ACME").subject("OU", "M-1").subject("CN", name_);
    builder.subject("serialNumber", name_).public_key(key_.pkey()).issuer(&ca_.certificate);
    builder.extension(NID_key_usage, "critical,digitalSignature").extension(NID_ext_key_usage, "clientAuth");
    return broken_birth_certificate_rules(*builder.finish(ca_.key.pkey()), &ca_.certificate);
  }
  std::string all(const std::vector<std::string>& rules) {
    std::string out;
    for (const std::string& rule : rules) out += rule + "\n";
    return out;
  }
};

TEST_F(BirthCertificateRules, TenCalendarYearsAreEnough) {
  EXPECT_EQ(all(broken(sys_days{year(2036) / 1 / 1})), "") << "3652 days";
  EXPECT_EQ(all(broken(sys_days{year(2036) / 1 / 1} - std::chrono::seconds(1))), "") << "notAfter is inclusive";
  EXPECT_NE(all(broken(sys_days{year(2035) / 12 / 31})).find("ten years"), std::string::npos);
}

TEST_F(BirthCertificateRules, TenYearsFromALeapDayEndWithFebruary) {
  start_ = sys_days{year(2028) / 2 / 29};
  EXPECT_EQ(all(broken(sys_days{year(2038) / 2 / 28})), "");
  EXPECT_NE(all(broken(sys_days{year(2038) / 2 / 27})), "");
}

TEST_F(BirthCertificateRules, AUidWithAHighBitIsNotConfusedWithItsSignOctet) {
  serial_.assign(16, 0xf0);
  name_ = hex_encode(serial_);
  EXPECT_EQ(all(broken(sys_days{year(2046) / 1 / 1})), "");
  serial_.assign(15, 0xf0);  // 16 octets in the DER, 120 bits of number
  name_ = hex_encode(serial_);
  EXPECT_NE(all(broken(sys_days{year(2046) / 1 / 1})).find("128 bits"), std::string::npos);
}

TEST_F(BirthCertificateRules, TheUidMayBeWrittenInUpperCase) {
  std::transform(name_.begin(), name_.end(), name_.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(all(broken(sys_days{year(2046) / 1 / 1})), "");
}

TEST_F(BirthCertificateRules, AMissingVendorModelAndPurposeAreNamed) {
  CertificateBuilder builder;
  builder.serial(serial_).validity(start_, sys_days{year(2046) / 1 / 1}).subject("serialNumber", name_);
  builder.public_key(key_.pkey()).issuer(&ca_.certificate);
  const std::string text = all(broken_birth_certificate_rules(*builder.finish(ca_.key.pkey()), nullptr));
  for (const char* part : {"no O;", "no OU;", "no CN;", "clientAuth", "digitalSignature"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST_F(BirthCertificateRules, NothingOfTheCertificateReachesATerminalAsAnEscapeSequence) {
  name_ = "\x1b[2Jevil";
  CertificateBuilder builder;
  builder.serial(serial_).validity(start_, sys_days{year(2046) / 1 / 1}).subject("CN", name_);
  builder.subject("serialNumber", hex_encode(serial_)).public_key(key_.pkey()).issuer(&ca_.certificate);
  const std::string text = all(broken_birth_certificate_rules(*builder.finish(ca_.key.pkey()), nullptr));
  EXPECT_NE(text.find("?[2Jevil"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(BirthCertificateRules, CasLiveAtLeastTheYearsTheyWereMadeFor) {
  EXPECT_GE(ca_.certificate.facts().not_after, sys_days{year(2061) / 1 / 1});
}

}  // namespace
}  // namespace xl::pki
