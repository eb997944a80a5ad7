// SPDX-License-Identifier: Apache-2.0
#include "installation/elsewhere.hpp"

#include <gtest/gtest.h>

#include "installation/accounts.hpp"

namespace xl::installation {
namespace {

class ElsewhereTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-elsewhere-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto opened = open_installation(folder_ / "cloud", "iot.localhost");
    ASSERT_TRUE(opened) << opened.error().detail;
    cloud_ = *std::move(opened);
    const auto made = ensure_account(cloud_, "oem", cloud::AccountKind::customer);
    ASSERT_TRUE(made) << made.error().detail;
    oem_ = *made;
  }
  void TearDown() override {
    cloud_ = {};
    std::filesystem::remove_all(folder_);
  }

  static ElsewhereChange whole() {
    ElsewhereChange change;
    change.url = "https://iot.eu-west-1.amazonaws.com";
    change.region = "eu-west-1";
    change.access_key_id = "AKIAEXAMPLE";
    change.secret = "open sesame";
    change.endpoint = "a1-ats.iot.eu-west-1.amazonaws.com:443";
    return change;
  }
  Errc error_of(const ElsewhereChange& change) {
    const auto answer = change_elsewhere(cloud_, oem_, change);
    return answer ? Errc::internal : answer.error().code;
  }

  std::filesystem::path folder_;
  Installation cloud_;
  cloud::Account oem_;
};

TEST_F(ElsewhereTest, IsKeptWithItsSecretSealed) {
  ASSERT_TRUE(check_whole(whole()));
  ASSERT_TRUE(change_elsewhere(cloud_, oem_, whole()));
  const auto kept = (*cloud_.registry->open_view())->elsewhere().find(oem_.id);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->endpoint, "a1-ats.iot.eu-west-1.amazonaws.com");
  EXPECT_EQ(kept->port, 443);
  EXPECT_EQ(kept->sealed_secret.find("sesame"), std::string::npos);
  EXPECT_EQ(crypto::unseal(cloud_.master_key, kept->sealed_secret, kept->sealing_context()), "open sesame");
}

TEST_F(ElsewhereTest, AChangeLeavesTheRestAsItIs) {
  ASSERT_TRUE(change_elsewhere(cloud_, oem_, whole()));
  ElsewhereChange key;
  key.access_key_id = "AKIAOTHER";
  key.secret = "another";
  const auto changed = change_elsewhere(cloud_, oem_, key);
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(changed->url, *whole().url);
  EXPECT_EQ(crypto::unseal(cloud_.master_key, changed->sealed_secret, changed->sealing_context()), "another");
}

TEST_F(ElsewhereTest, WhatIsMissingIsSaid) {
  for (const auto member : {&ElsewhereChange::url, &ElsewhereChange::region, &ElsewhereChange::endpoint}) {
    ElsewhereChange change = whole();
    change.*member = std::nullopt;
    EXPECT_FALSE(check_whole(change));
    EXPECT_EQ(error_of(change), Errc::invalid_argument);
  }
  ElsewhereChange change = whole();
  change.secret = std::nullopt;
  EXPECT_EQ(error_of(change), Errc::invalid_argument) << "the secret of a key is not that of another";
}

TEST_F(ElsewhereTest, AUrlThatOthersCouldReadIsRefused) {
  const auto answer_to = [&](const std::string& url) {
    ElsewhereChange change = whole();
    change.url = url;
    return check_change(change).has_value();
  };
  for (const char* url : {"https://there", "https://there:8443/", "http://127.0.0.1:8080", "http://localhost:1",
                          "http://there.localhost", "http://[::1]:8080"})
    EXPECT_TRUE(answer_to(url)) << url;
  for (const char* url : {"http://there", "http://127.0.0.1.there", "there", "ftp://there", "https://", "https://a/b",
                          "https://key@there", "http://localhost.there", "http://[::1].there"})
    EXPECT_FALSE(answer_to(url)) << url;
}

TEST_F(ElsewhereTest, AnEndpointIsAHostNameWithoutAnythingElse) {
  const auto answer_to = [&](const std::string& endpoint) {
    ElsewhereChange change = whole();
    change.endpoint = endpoint;
    return check_change(change).has_value();
  };
  for (const char* endpoint : {"a-ats.iot.localhost", "a.b:8883"}) EXPECT_TRUE(answer_to(endpoint)) << endpoint;
  for (const char* endpoint : {"", "mqtts://a.b", "a.b:0", "a.b:65536", "a.b:x", "a..b", "-a.b", "a b"})
    EXPECT_FALSE(answer_to(endpoint)) << endpoint;
}

TEST_F(ElsewhereTest, AnAccountThatHasModulesHereStaysHere) {
  ASSERT_TRUE(cloud_.registry->write([this](cloud::Registry& registry) {
    cloud::Certificate certificate;
    certificate.account_id = oem_.id;
    certificate.id = std::string(64, 'a');
    return registry.certificates().insert(certificate);
  }));
  EXPECT_EQ(error_of(whole()), Errc::conflict);
}

TEST_F(ElsewhereTest, AVendorsAccountIsAlwaysHere) {
  const auto vendor = ensure_account(cloud_, "staging", cloud::AccountKind::staging);
  ASSERT_TRUE(vendor);
  EXPECT_FALSE(change_elsewhere(cloud_, *vendor, whole()));
}

}  // namespace
}  // namespace xl::installation
