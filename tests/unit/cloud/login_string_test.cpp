// SPDX-License-Identifier: Apache-2.0
// source: guide v1.1.2, 11.1.5
#include "cloud/provisioning/login_string.hpp"

#include <gtest/gtest.h>

namespace xl::cloud::provisioning {
namespace {

const std::string kLogin =
    "?SDK=FreeRTOS&SDKVersion=v10.4.2&Platform=ExpressLink&Metadata=(Vendor=ABC; Model=A-1234; FWversion=1.2.3; "
    "TechSpec=0.9.1; CustomName=Toaster 3000)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kLogin;
  return text.replace(text.find(from), from.size(), to);
}

TEST(LoginString, GivesItsParts) {
  const auto login = parse_login_string(kLogin);
  ASSERT_TRUE(login);
  EXPECT_EQ(login->sdk, "FreeRTOS");
  EXPECT_EQ(login->sdk_version, "v10.4.2");
  EXPECT_EQ(login->vendor, "ABC");
  EXPECT_EQ(login->model, "A-1234");
  EXPECT_EQ(login->firmware_version, "1.2.3");
  EXPECT_EQ(login->tech_spec, "0.9.1");
  EXPECT_EQ(login->custom_name, "Toaster 3000");
}

TEST(LoginString, SpacesAroundNamesAndValuesDoNotCount) {
  const auto login = parse_login_string(
      "?SDK=RTOS &SDKVersion=1 &Platform=ExpressLink &Metadata=(Vendor=ABC; Model= A-1234; FWversion = X.Y.Z; "
      "TechSpec =0.9.1; CustomName = Toaster 3000 )");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->sdk, "RTOS");
  EXPECT_EQ(login->model, "A-1234");
  EXPECT_EQ(login->custom_name, "Toaster 3000");
}

TEST(LoginString, TheCustomNameMayBeEmptyTheVendorNot) {
  EXPECT_TRUE(parse_login_string(with("Toaster 3000", "")));
  EXPECT_FALSE(parse_login_string(with("Vendor=ABC", "Vendor=")));
  EXPECT_FALSE(parse_login_string(with("Model=A-1234", "Model= ")));
}

TEST(LoginString, MalformedOnesAreRefused) {
  for (const std::string& bad :
       {std::string(), std::string("?"), std::string("lamp"), kLogin.substr(1),
        with("Platform=ExpressLink", "Platform=X"), with("Model=A-1234; ", ""), with("Model=A-1234", "Vendor=A-1234"),
        with("ABC", "A_C"), with("ABC", "A\nC"), with(")", ""), with("Metadata=(", "Metadata="),
        with("Toaster 3000", std::string(256, 'x')), with("ABC", std::string("\xff\x00", 2)),
        "?" + std::string(100'000, '&')})
    EXPECT_FALSE(parse_login_string(bad)) << bad.substr(0, 300);
}

TEST(LoginString, FindingsNameTheContradiction) {
  EXPECT_FALSE(login_finding(kLogin, "ABC"));
  EXPECT_FALSE(login_finding(kLogin, "abc"));
  EXPECT_FALSE(login_finding(kLogin, "")) << "nothing is known of the issuer";
  const auto contradiction = login_finding(kLogin, "Other Vendor");
  ASSERT_TRUE(contradiction);
  EXPECT_TRUE(contradiction->is_contradiction);
  EXPECT_NE(contradiction->evidence.find("\"ABC\""), std::string::npos);
  EXPECT_NE(contradiction->evidence.find("\"Other Vendor\""), std::string::npos);
  const auto malformed = login_finding("admin", "ABC");
  ASSERT_TRUE(malformed);
  EXPECT_FALSE(malformed->is_contradiction) << "it names no vendor";
}

TEST(LoginString, AVendorIsComparedAsAModuleWritesIt) {
  EXPECT_FALSE(login_finding(with("ABC", "A-B Co."), "A&B Co."));
  const std::string longest(40, 'v');
  EXPECT_FALSE(login_finding(with("ABC", longest.substr(0, 32)), longest)) << "cut to 32 characters";
  EXPECT_TRUE(login_finding(with("ABC", longest.substr(0, 31)), longest));
}

}  // namespace
}  // namespace xl::cloud::provisioning
