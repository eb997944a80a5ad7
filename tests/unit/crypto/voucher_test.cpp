// SPDX-License-Identifier: Apache-2.0
#include "crypto/voucher.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "unit/crypto/keys.hpp"

namespace xl::crypto {
namespace {

constexpr const char* kThing = "4a0123456789abcdef0123456789abcdef012345";
const std::string kFingerprint(64, 'c');

class AVoucher : public testing::Test {
 protected:
  const test::Keys keys_ = test::make_keys("P-256");
  const Voucher voucher_ = *sign_voucher(keys_.secret, "LOT7", kThing, kFingerprint);
};

TEST_F(AVoucher, IsOfOneModuleOneCertificateAndOneKey) {
  EXPECT_TRUE(is_valid(voucher_, keys_.open, kThing, kFingerprint));
  EXPECT_FALSE(is_valid(voucher_, keys_.open, std::string(40, '0'), kFingerprint));
  EXPECT_FALSE(is_valid(voucher_, keys_.open, kThing, std::string(64, 'd')));
  EXPECT_FALSE(is_valid(voucher_, test::make_keys("P-256").open, kThing, kFingerprint));
  EXPECT_FALSE(is_valid({"LOT8", voucher_.signature}, keys_.open, kThing, kFingerprint));
}

TEST_F(AVoucher, StandsOnTheLabelInLettersThatAQrCodeHoldsDensely) {
  const std::string text = label_text({kThing, voucher_});
  EXPECT_TRUE(text.starts_with("XL1:4A0123456789ABCDEF0123456789ABCDEF012345:LOT7:")) << text;
  EXPECT_EQ(text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:"), std::string::npos);
  EXPECT_EQ(text.size(), 4 + 40 + 1 + 4 + 1 + 103);
  for (const std::string& scanned : {text, to_lower(text), " " + text + "\n", text + ":LATER:FIELDS"}) {
    const auto label = parse_label(scanned);
    ASSERT_TRUE(label) << scanned;
    EXPECT_EQ(label->thing_name, kThing);
    ASSERT_TRUE(label->voucher);
    EXPECT_TRUE(is_valid(*label->voucher, keys_.open, kThing, kFingerprint));
  }
}

TEST_F(AVoucher, MayHaveTheCertificatesFingerprintBesideIt) {
  const std::string text = label_text({kThing, voucher_, kFingerprint});
  EXPECT_EQ(text.size(), 4 + 40 + 1 + 4 + 1 + 103 + 1 + 64);
  EXPECT_EQ(text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:"), std::string::npos);
  EXPECT_EQ(parse_label(text)->fingerprint, kFingerprint);
  EXPECT_EQ(parse_label(to_lower(text) + ":later")->fingerprint, kFingerprint);
  EXPECT_EQ(parse_label(text.substr(0, text.size() - 1))->fingerprint, "") << "of a later version, and ignored";
  EXPECT_EQ(parse_label(label_text({kThing, voucher_}))->fingerprint, "");
}

TEST_F(AVoucher, NeedNotBeOnALabel) {
  EXPECT_EQ(label_text({kThing, std::nullopt}), "XL1:4A0123456789ABCDEF0123456789ABCDEF012345");
  const auto label = parse_label("xl1:" + std::string(kThing));
  ASSERT_TRUE(label);
  EXPECT_EQ(label->thing_name, kThing);
  EXPECT_FALSE(label->voucher);
}

TEST_F(AVoucher, ThatIsNoLabelIsRefusedWithWhatWasExpected) {
  const std::string text = label_text({kThing, voucher_});
  const std::string name = "XL1:" + std::string(kThing);
  for (const std::string& broken :
       {std::string(), std::string("XL1"), std::string("XL2:") + kThing, std::string(kThing), name.substr(0, 43),
        name + "0", name + ":", name + ":LOT7", name + ":LOT7:", name + ":lot-7:" + std::string(103, 'A'),
        name + ":NINECHARS:" + std::string(103, 'A'), text.substr(0, text.size() - 1), text + "A",
        name + ":LOT7:" + std::string(103, '1'), std::string("XL1:") + std::string(40, 'g')}) {
    const auto label = parse_label(broken);
    ASSERT_FALSE(label) << broken;
    EXPECT_EQ(label.error().code, Errc::invalid_argument);
    EXPECT_FALSE(label.error().detail.empty());
  }
}

TEST_F(AVoucher, NeedsAKeyWithAnIdThatFitsTheLabel) {
  for (const char* id : {"", "lot", "NINECHARS", "A B", "A:B"})
    EXPECT_EQ(sign_voucher(keys_.secret, id, kThing, kFingerprint).error().code, Errc::invalid_argument) << id;
  EXPECT_EQ(sign_voucher("no key", "A", kThing, kFingerprint).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace xl::crypto
