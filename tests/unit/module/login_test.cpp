// SPDX-License-Identifier: Apache-2.0
#include "module/connection/login.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xl::module::connection {
namespace {

ports::Identity identity() {
  return {.vendor = "Acme",
          .model = "Model (1)",
          .firmware_version = "2.5.7 beta2",
          .thing_name = "thing",
          .certificate_pem = "",
          .factory_endpoint = "",
          .factory_root_ca = "",
          .factory_ota_certificate = "",
          .has_wifi = true};
}

std::string metadata(std::string_view custom_name) {
  const auto login = login_string(identity(), custom_name);
  const std::string text(login.view());
  const auto open = text.find('(');
  EXPECT_EQ(text.back(), ')');
  return text.substr(open + 1, text.size() - open - 2);
}

// conformance: 244
TEST(LoginString, CutsTheCustomNameSoThatTheMetadataStaysWithin256Characters) {
  const auto text = metadata(std::string(1000, 'x'));
  EXPECT_EQ(text.size(), 256U);
  EXPECT_TRUE(text.starts_with("Vendor=Acme; Model=Model -1-; FWversion=2.5.7 beta2; TechSpec=1.2; CustomName=xxx"));
}

// conformance: 245
TEST(LoginString, KeepsTheGrammarWhateverTheNamesContain) {
  EXPECT_TRUE(metadata("  a;b=(c)&d\n\xff ").ends_with("; CustomName=a-b--c--d--"));
  EXPECT_TRUE(metadata("").ends_with("; CustomName="));
}

TEST(LoginString, CarriesThePlatform) {
  EXPECT_TRUE(login_string(identity(), "x")
                  .view()
                  .starts_with("?SDK=OpenExpressLink&SDKVersion=2.5.7 beta2&Platform=ExpressLink&Metadata=(Vendor="));
}

}  // namespace
}  // namespace xl::module::connection
