// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace xl::crypto {
namespace {

TEST(Aead, OpensOnlyWithTheSameKeyAndContext) {
  AeadKey key{};
  random_bytes(key);
  AeadKey other = key;
  other[0] ^= 1;
  const std::string sealed = seal(key, "secret", "AKIA1");
  EXPECT_EQ(*unseal(key, sealed, "AKIA1"), "secret");
  EXPECT_FALSE(unseal(key, sealed, "AKIA2"));
  EXPECT_FALSE(unseal(other, sealed, "AKIA1"));
}

TEST(Aead, DetectsEveryChangedByteAndEveryCut) {
  AeadKey key{};
  const std::string sealed = seal(key, "secret", "c");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(unseal(key, changed, "c")) << i;
    EXPECT_FALSE(unseal(key, sealed.substr(0, i), "c")) << i;
  }
}

TEST(Aead, SealsAnEmptyTextAndAnEmptyContext) {
  AeadKey key{};
  EXPECT_EQ(*unseal(key, seal(key, "", ""), ""), "");
  EXPECT_EQ(*unseal(key, seal(key, {}, {}), {}), "");
  EXPECT_FALSE(unseal(key, {}, {}));
}

TEST(Digest, TakesEmptyDataAndAnEmptyKey) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_TRUE(equal_constant_time({}, ""));
  EXPECT_FALSE(equal_constant_time("a", ""));
}

TEST(Digest, MatchesTheVectorOfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Random, NoBytesIsAnEmptyText) { EXPECT_EQ(random_hex(0), ""); }

TEST(Random, UuidsAreVersion4AndDiffer) {
  const std::string uuid = random_uuid();
  EXPECT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(uuid, random_uuid());
}

}  // namespace
}  // namespace xl::crypto
