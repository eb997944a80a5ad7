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

TEST_F(KeyStoreChoice, SaysThatHardwareIsNotBuiltYetWithoutShowingAPin) {
  write("key.uri", "pkcs11:token=x?pin-value=1234\n");
  const Error pkcs11 = open_error();
  EXPECT_EQ(pkcs11.code, Errc::invalid_argument);
  EXPECT_NE(pkcs11.detail.find("not built yet"), std::string::npos);
  EXPECT_EQ(pkcs11.detail.find("1234"), std::string::npos);
  write("key.uri", "tpm2:0x81000100\n");
  EXPECT_NE(open_error().detail.find("not built yet"), std::string::npos);
  write("key.uri", "vault:secret\n");
  EXPECT_EQ(open_error().code, Errc::invalid_argument);
  EXPECT_NE(create_key_store(identity_, "tpm2").error().detail.find("not built yet"), std::string::npos);
  EXPECT_EQ(create_key_store(identity_, "floppy").error().code, Errc::invalid_argument);
}

TEST_F(KeyStoreChoice, RefusesTwoKeysForOneModule) {
  ASSERT_TRUE(create_key_store(identity_, "file"));
  write("key.uri", "tpm2:0x81000100");
  EXPECT_EQ(open_error().code, Errc::invalid_argument);
  fs::remove(identity_ / "key.pem");
  EXPECT_EQ(create_key_store(identity_, "file").error().code, Errc::already_exists);
}

}  // namespace
}  // namespace xl::keystore
