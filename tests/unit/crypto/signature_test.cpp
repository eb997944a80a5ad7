// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/keys.hpp"

namespace xl::crypto {
namespace {

const test::Keys kKeys = test::make_keys("P-256");
const std::string& kKey = kKeys.secret;
const std::string& kPublic = kKeys.open;
const std::string kOtherCurve = test::make_keys("P-384").open;

TEST(Signature, IsOfTheTextAndTheKey) {
  const auto signature = sign_p256(kKey, "XL1:lamp");
  ASSERT_TRUE(signature) << signature.error().detail;
  EXPECT_EQ(signature->size(), 64u);
  EXPECT_TRUE(is_signed_p256(kPublic, "XL1:lamp", *signature));
  EXPECT_FALSE(is_signed_p256(kPublic, "XL1:lamq", *signature));
  EXPECT_FALSE(is_signed_p256(kOtherCurve, "XL1:lamp", *signature));
  EXPECT_FALSE(is_signed_p256("not a key", "XL1:lamp", *signature));
}

TEST(Signature, NoBitOfItMayChange) {
  const std::string signature = *sign_p256(kKey, "text");
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(is_signed_p256(kPublic, "text", changed)) << bit;
  }
  EXPECT_FALSE(is_signed_p256(kPublic, "text", signature + '\0'));
  EXPECT_FALSE(is_signed_p256(kPublic, "text", signature.substr(1)));
  EXPECT_FALSE(is_signed_p256(kPublic, "text", ""));
  EXPECT_FALSE(is_signed_p256(kPublic, "text", std::string(64, '\0')));
}

TEST(Signature, OnlyKeysOfTheOneCurveAreTaken) {
  EXPECT_EQ(sign_p256("not a key", "text").error().code, Errc::invalid_argument);
  EXPECT_EQ(sign_p256(kPublic, "text").error().code, Errc::invalid_argument);
  EXPECT_EQ(canonical_p256_public(kOtherCurve).error().code, Errc::invalid_argument);
  EXPECT_EQ(*canonical_p256_public("words before\n" + kPublic), kPublic);
}

}  // namespace
}  // namespace xl::crypto
