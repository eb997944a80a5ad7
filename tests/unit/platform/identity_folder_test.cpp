// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/identity_folder.hpp"

#include <gtest/gtest.h>

#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;
using testing::Credentials;

class IdentityFolderTest : public ::testing::Test {
 protected:
  void SetUp() override { write_identity(path_, credentials_); }
  Error load_error() {
    auto identity = load_identity(path_);
    EXPECT_FALSE(identity);
    return identity ? Error{} : identity.error();
  }
  void expect_error(Errc code, std::string_view words) {
    const Error error = load_error();
    EXPECT_EQ(error.code, code) << error.detail;
    EXPECT_NE(error.detail.find(words), std::string::npos) << error.detail;
  }

  const Credentials credentials_ = Credentials::create();
  testing::TemporaryFolder folder_;
  const fs::path path_ = folder_.path();
};

using Identity = IdentityFolderTest;

TEST_F(Identity, IsReadAsTheFactoryWroteIt) {
  const auto identity = load_identity(path_);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->thing_name, credentials_.thing_name);
  EXPECT_EQ(identity->vendor, "Tests");
  EXPECT_EQ(identity->model, "Model");
  EXPECT_EQ(identity->endpoint, "endpoint.localhost");
  EXPECT_EQ(identity->certificate_pem, credentials_.module_certificate_pem);
  EXPECT_EQ(identity->root_ca_pem, credentials_.root.certificate.facts().pem);
  EXPECT_EQ(identity->tls().keys, identity->keys.get());
}

TEST_F(Identity, NeedsNoChain) {
  fs::remove(path_ / "chain.pem");
  EXPECT_TRUE(load_identity(path_));
}

TEST_F(Identity, IsFoundInItsParentWhenItIsTheOnlyOne) {
  testing::TemporaryFolder batch;
  fs::create_directory(batch.path() / "a");
  write_identity(batch.path() / "a", credentials_);
  const auto identity = load_identity(batch.path());
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->path, batch.path() / "a");
  fs::copy(batch.path() / "a", batch.path() / "b", fs::copy_options::recursive);
  const auto refused = load_identity(batch.path());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("--identity " + (batch.path() / "a").string()), std::string::npos);
}

TEST_F(Identity, TellsWhichPartIsMissing) {
  for (const char* file : {"endpoint", "model", "certificate.pem", "root-ca.pem", "key.pem"}) {
    fs::rename(path_ / file, path_ / "aside");
    expect_error(Errc::not_found, file);
    fs::rename(path_ / "aside", path_ / file);
  }
  fs::remove(path_ / "thing-name");
  expect_error(Errc::not_found, "thing-name");
  EXPECT_EQ(load_identity(path_ / "nowhere").error().code, Errc::not_found);
}

TEST_F(Identity, RefusesACertificateOfAnotherThing) {
  testing::write_file(path_ / "thing-name", std::string(40, '5'));
  expect_error(Errc::invalid_argument, "certificate.pem is for " + credentials_.thing_name);
}

TEST_F(Identity, RefusesTheKeyOfAnotherModule) {
  testing::write_file(path_ / "key.pem", pki::PrivateKey::generate_p256().to_pem());
  expect_error(Errc::invalid_argument, "private key does not belong to certificate.pem");
}

TEST_F(Identity, RefusesAKeyThatOthersCanRead) {
  fs::permissions(path_ / "key.pem", fs::perms::group_read, fs::perm_options::add);
  expect_error(Errc::forbidden, "chmod 600");
}

TEST_F(Identity, RefusesFilesThatAreNotWhatTheySay) {
  for (const char* file : {"certificate.pem", "chain.pem", "root-ca.pem"}) {
    const std::string before = testing::read_file(path_ / file);
    testing::write_file(path_ / file, "not a certificate");
    expect_error(Errc::invalid_argument, file);
    testing::write_file(path_ / file, before);
  }
  testing::write_file(path_ / "model", "Tests - Model\n");
  expect_error(Errc::invalid_argument, "vendor=NAME");
  testing::write_file(path_ / "endpoint", " \n");
  expect_error(Errc::invalid_argument, "is empty");
}

}  // namespace
}  // namespace xl::platform
