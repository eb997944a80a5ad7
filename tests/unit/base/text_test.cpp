// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace xl {
namespace {

TEST(Hex, RoundTripsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(hex_decode(hex_encode(as_bytes(all))), all);
}

TEST(Hex, RefusesOddLengthAndOtherCharacters) {
  EXPECT_FALSE(hex_decode("abc"));
  EXPECT_FALSE(hex_decode("zz"));
  EXPECT_EQ(hex_decode("FFff"), "\xff\xff");
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                                         {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Base64, RefusesBadPaddingAndAlphabet) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9*", "====", "=Zm9"})
    EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(PercentEncoding, KeepsUnreservedAndWhatIsAsked) {
  EXPECT_EQ(percent_encode("a/b c~é"), "a%2Fb%20c~%C3%A9");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
}

TEST(PercentEncoding, RefusesCutAndBadEscapes) {
  EXPECT_EQ(percent_decode("a%2Fb+c"), "a/b+c");
  for (const char* text : {"%", "%2", "%zz", "a%4"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
  EXPECT_EQ(split("", ',').size(), 1U);
  EXPECT_EQ(split("a,", ',').back(), "");
}

TEST(Trim, LeavesInnerSpace) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
}

TEST(EqualsIgnoringCase, NeedsTheSameLength) {
  EXPECT_TRUE(equals_ignoring_case("Host", "hOST"));
  EXPECT_FALSE(equals_ignoring_case("Host", "Hos"));
}

/// RFC 4648 section 10, without the padding.
TEST(Base32, IsOfTheRfcAndBack) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "MY"},
                                                         {"fo", "MZXQ"},
                                                         {"foo", "MZXW6"},
                                                         {"foob", "MZXW6YQ"},
                                                         {"fooba", "MZXW6YTB"},
                                                         {"foobar", "MZXW6YTBOI"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base32_encode(as_bytes(plain)), encoded);
    EXPECT_EQ(base32_decode(encoded), plain);
    EXPECT_EQ(base32_decode(to_lower(encoded)), plain);
  }
  for (const char* broken : {"M", "MZX", "MZ", "M1", "MY======", "MZXW6Y", "M Y"})
    EXPECT_FALSE(base32_decode(broken)) << broken;
}

}  // namespace
}  // namespace xl
