// SPDX-License-Identifier: Apache-2.0
#include "keystore/key_store.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace xl::keystore {
namespace {

namespace fs = std::filesystem;

class KeyStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "xl-keystore-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    identity_ = name;
  }
  void TearDown() override { fs::remove_all(identity_); }

  void write(const char* file, const std::string& text,
             fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) {
    std::ofstream(identity_ / file) << text;
    fs::permissions(identity_ / file, mode);
  }
  std::string read(const char* file) {
    std::stringstream text;
    text << std::ifstream(identity_ / file).rdbuf();
    return text.str();
  }
  Error open_error() {
    auto store = open_key_store(identity_);
    EXPECT_FALSE(store);
    return store ? Error{} : store.error();
  }

  fs::path identity_;
};

using FileKeyStore = KeyStoreTest;
using KeyStoreChoice = KeyStoreTest;

TEST_F(FileKeyStore, OpensTheKeyThatItCreated) {
  auto created = create_key_store(identity_, "file");
  ASSERT_TRUE(created) << created.error().detail;
  auto opened = open_key_store(identity_);
  ASSERT_TRUE(opened) << opened.error().detail;
  auto first = (*created)->key();
  auto second = (*opened)->key();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(EVP_PKEY_eq(first->get(), second->get()), 1);
  EXPECT_EQ((*opened)->description(), "file " + (identity_ / "key.pem").string());
}

TEST_F(FileKeyStore, HandsOutAKeyThatOutlivesIt) {
  auto created = create_key_store(identity_, "file");
  ASSERT_TRUE(created);
  auto key = (*created)->key();
  created->reset();
  EXPECT_EQ(EVP_PKEY_get_bits(key->get()), 256);
}

TEST_F(FileKeyStore, IsReadableByItsOwnerOnlyWhateverTheUmask) {
  const mode_t before = ::umask(0);
  auto created = create_key_store(identity_, "file");
  ::umask(before);
  ASSERT_TRUE(created);
  EXPECT_EQ(fs::status(identity_ / "key.pem").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileKeyStore, NeverReplacesAKey) {
  ASSERT_TRUE(create_key_store(identity_, "file"));
  const std::string before = read("key.pem");
  auto again = create_key_store(identity_, "file");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists);
  EXPECT_EQ(read("key.pem"), before);
}

TEST_F(FileKeyStore, RefusesAKeyThatOthersCanReadAndSaysWhatToDo) {
  ASSERT_TRUE(create_key_store(identity_, "file"));
  for (const fs::perms leak : {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
    fs::permissions(identity_ / "key.pem", fs::perms::owner_read | leak);
    const Error error = open_error();
    EXPECT_EQ(error.code, Errc::forbidden);
    EXPECT_NE(error.detail.find("chmod 600 " + (identity_ / "key.pem").string()), std::string::npos) << error.detail;
  }
  fs::permissions(identity_ / "key.pem", fs::perms::owner_read);
  EXPECT_TRUE(open_key_store(identity_));
}

TEST_F(FileKeyStore, ReportsAMissingKey) { EXPECT_EQ(open_error().code, Errc::not_found); }

TEST_F(FileKeyStore, ReportsAKeyThatIsNotOneWithoutShowingIt) {
  write("key.pem", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
  const Error error = open_error();
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_EQ(error.detail.find("c2VjcmV0"), std::string::npos);
  write("key.pem", std::string(100'000, 'x'));
  EXPECT_EQ(open_error().code, Errc::corrupt);
  write("key.pem", "");
  EXPECT_EQ(open_error().code, Errc::corrupt);
}

TEST_F(FileKeyStore, RefusesADirectory) {
  fs::create_directory(identity_ / "key.pem");
  EXPECT_EQ(open_error().code, Errc::invalid_argument);
}

TEST_F(FileKeyStore, LeavesNoFileWhereItCannotWrite) {
  auto created = create_key_store(identity_ / "missing", "file");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Errc::io);
}

TEST_F(KeyStoreChoice, RefusesWhatIsNoKeyWithoutShowingAPin) {
  for (const char* uri :
       {"pkcs11:token=x?pin-value=1234\n", "pkcs11:object=k?pin-value=1234\n", "vault:pin-value=1234",
        "pkcs11:object=k;colour=1234?module-path=/x", "tpm2:pin-value=1234", "tpm2:handle=1234",
        "tpm2:handle=0x40000001;pin-value=1234", "pkcs11:object=k;object=1234", "file:1234=x", "1234"}) {
    write("key.uri", uri);
    const Error error = open_error();
    EXPECT_EQ(error.code, Errc::invalid_argument) << uri;
    EXPECT_EQ(error.detail.find("1234"), std::string::npos) << error.detail;
    fs::remove(identity_ / "key.uri");
  }
  EXPECT_EQ(create_key_store(identity_, "floppy").error().code, Errc::invalid_argument);
  EXPECT_EQ(create_key_store(identity_, "file:colour=red").error().code, Errc::invalid_argument);
}

TEST_F(KeyStoreChoice, RefusesANameThatOthersCanReadForItMayHoldAPin) {
  write("key.uri", "tpm2:handle=0x81000100", fs::perms::owner_read | fs::perms::others_read);
  EXPECT_EQ(open_error().code, Errc::forbidden);
}

TEST_F(KeyStoreChoice, SaysThatAnElementIsAwayOnlyWhenItsKeyIsAskedFor) {
  write("key.uri", "tpm2:handle=0x81000100;tcti=device:/dev/no-such-tpm");
  auto store = open_key_store(identity_);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ((*store)->key().error().code, Errc::unavailable);
  fs::remove(identity_ / "key.uri");
  write("key.uri", "pkcs11:object=k?module-path=/no/such/driver.so");
  store = open_key_store(identity_);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ((*store)->key().error().code, Errc::unavailable);
}

TEST_F(KeyStoreChoice, RefusesTwoKeysForOneModule) {
  ASSERT_TRUE(create_key_store(identity_, "file"));
  write("key.uri", "tpm2:handle=0x81000100");
  EXPECT_EQ(open_error().code, Errc::invalid_argument);
  fs::remove(identity_ / "key.pem");
  EXPECT_EQ(create_key_store(identity_, "file").error().code, Errc::already_exists);
}

}  // namespace
}  // namespace xl::keystore
