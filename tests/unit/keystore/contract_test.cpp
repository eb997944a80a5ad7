// SPDX-License-Identifier: Apache-2.0
// What every key store does alike: file, TPM 2.0 (swtpm), PKCS#11 (SoftHSM). source: docs/keystores.md
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "keystore/key_store.hpp"
#include "keystore/key_uri.hpp"
#include "pki/authority.hpp"
#include "pki/certificate_request.hpp"
#include "pki/signer_key.hpp"
#include "unit/keystore/elements.hpp"
#include "unit/keystore/handshake.hpp"

namespace xl::keystore {
namespace {

namespace fs = std::filesystem;
using test::handshake_failure;
using test::Kind;
using StorePtr = std::unique_ptr<KeyStore>;

class KeyStoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "xl-contract-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    element_ = test::make_element(GetParam(), folder_);
    element_->start();
  }
  void TearDown() override {
    element_.reset();
    fs::remove_all(folder_);
  }

  fs::path identity(const std::string& name = "identity") {
    fs::create_directory(folder_ / name);
    return folder_ / name;
  }
  StorePtr create(const fs::path& where, bool with_pin = false) {
    auto made = create_key_store(where, element_->where(with_pin), where.filename().string());
    EXPECT_TRUE(made) << made.error().detail;
    return made ? *std::move(made) : nullptr;
  }
  static pki::PkeyPtr key_of(KeyStore& store) {
    auto key = store.key();
    EXPECT_TRUE(key) << key.error().detail;
    return key ? *std::move(key) : nullptr;
  }

  fs::path folder_;
  std::unique_ptr<test::Element> element_;
};
using HardwareContract = KeyStoreContract;

TEST_P(KeyStoreContract, OpensTheKeyThatItCreated) {
  const StorePtr made = create(identity());
  ASSERT_TRUE(made);
  const auto opened = open_key_store(identity());
  ASSERT_TRUE(opened) << opened.error().detail;
  const pki::PkeyPtr first = key_of(*made), second = key_of(**opened);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(EVP_PKEY_eq(first.get(), second.get()), 1);
  EXPECT_EQ((*opened)->guards_key(), GetParam() != Kind::file);
}

TEST_P(KeyStoreContract, MakesADifferentKeyEachTime) {
  const StorePtr one = create(identity("one")), other = create(identity("other"));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(EVP_PKEY_eq(key_of(*one).get(), key_of(*other).get()), 0);
}

TEST_P(KeyStoreContract, SignsARequestThatVerifies) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const auto request = pki::make_request(key_of(*store).get(), "thing");
  EXPECT_TRUE(request) << request.error().detail;
}

TEST_P(KeyStoreContract, AuthenticatesAClientInTls12AndTls13) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  EXPECT_EQ(handshake_failure(key_of(*store).get(), TLS1_2_VERSION), "");
  EXPECT_EQ(handshake_failure(key_of(*store).get(), TLS1_3_VERSION), "");
}

TEST_P(KeyStoreContract, HandsOutAKeyThatOutlivesItAndItsCopies) {
  StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const pki::PkeyPtr key = key_of(*store);
  store.reset();
  const pki::PkeyPtr copy(EVP_PKEY_dup(key.get()));
  ASSERT_TRUE(copy);
  EXPECT_EQ(handshake_failure(key.get(), TLS1_3_VERSION), "");
  EXPECT_EQ(handshake_failure(copy.get(), TLS1_3_VERSION), "");
}

TEST_P(KeyStoreContract, NeverReplacesAKey) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const auto same_folder = create_key_store(identity(), element_->where(), "identity");
  ASSERT_FALSE(same_folder);
  EXPECT_EQ(same_folder.error().code, Errc::already_exists);
  EXPECT_EQ(handshake_failure(key_of(*store).get(), TLS1_3_VERSION), "");
}

TEST_P(KeyStoreContract, SignsManyTimesInARowAndFromTwoThreads) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  std::atomic<int> failures{0};
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) {
      auto key = store->key();
      if (!key || !pki::make_request(key->get(), "thing")) ++failures;
    }
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  EXPECT_EQ(failures, 0);
}

TEST_P(HardwareContract, LeavesNoSlotInUseByMakingAndRemovingKeys) {
  for (int i = 0; i < 12; ++i) {  // a TPM has three slots for keys that are not persistent
    const fs::path folder = identity("module-" + std::to_string(i));
    ASSERT_TRUE(create(folder));
    const Status discarded = discard_key(folder);
    ASSERT_TRUE(discarded) << discarded.error().detail;
    EXPECT_EQ((*open_key_store(folder))->key().error().code, Errc::not_found);
    EXPECT_TRUE(discard_key(folder)) << "is done already";
  }
}

TEST_P(HardwareContract, NeverReplacesAnotherIdentitysKeyInTheElement) {
  const StorePtr store = create(identity("first"));
  ASSERT_TRUE(store);
  const auto again = create_key_store(identity("second"), element_->where_again(identity("first")), "first");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists) << again.error().detail;
  EXPECT_FALSE(fs::exists(identity("second") / kUriFileName));
  EXPECT_EQ(handshake_failure(key_of(*store).get(), TLS1_3_VERSION), "");
}

TEST_P(HardwareContract, DoesNotDiscardWhatItHasNotMade) {
  const StorePtr store = create(identity("first"));
  ASSERT_TRUE(store);
  fs::copy_file(identity("first") / kUriFileName, identity("second") / kUriFileName);
  element_->wipe();
  const auto made_since = create(identity("third"));
  ASSERT_TRUE(made_since);
  EXPECT_TRUE(discard_key(identity("second")));
  EXPECT_EQ(handshake_failure(key_of(*made_since).get(), TLS1_3_VERSION), "");
}

TEST_P(HardwareContract, DiscardsNothingForANameThatWasNotWrittenToItsEnd) {
  const StorePtr store = create(identity("whole"));
  ASSERT_TRUE(store);
  const std::string uri = test::uri_in(identity("whole"));
  for (std::size_t size = 0; size <= uri.size(); ++size) {
    const fs::path part = identity("part") / kUriFileName;
    std::ofstream(part) << uri.substr(0, size);
    fs::permissions(part, fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(discard_key(identity("part"))) << size;
  }
  EXPECT_EQ(handshake_failure(key_of(*store).get(), TLS1_3_VERSION), "");
}

TEST_P(HardwareContract, SaysThatTheElementHasNoSuchKey) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const pki::PkeyPtr old = key_of(*store);
  element_->wipe();
  EXPECT_EQ(store->key().error().code, Errc::not_found) << store->key().error().detail;
  EXPECT_EQ((*open_key_store(identity()))->key().error().code, Errc::not_found);
  EXPECT_NE(handshake_failure(old.get(), TLS1_3_VERSION), "");
}

TEST_P(HardwareContract, NoticesThatTheElementIsAwayAndFindsItAgain) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const pki::PkeyPtr held = key_of(*store);
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(handshake_failure(held.get(), TLS1_2_VERSION), "");
    element_->take_away();
    EXPECT_NE(handshake_failure(held.get(), TLS1_2_VERSION), "");
    const auto key = store->key();
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Errc::unavailable) << key.error().detail;
    const auto opened = open_key_store(identity());
    ASSERT_TRUE(opened) << "a module may start before its element is there";
    EXPECT_EQ((*opened)->key().error().code, Errc::unavailable);
    element_->bring_back();
    EXPECT_EQ(handshake_failure(held.get(), TLS1_3_VERSION), "");
    EXPECT_EQ(handshake_failure(key_of(**opened).get(), TLS1_3_VERSION), "");
  }
}

TEST_P(HardwareContract, TellsWhyAHandshakeFailed) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const pki::PkeyPtr held = key_of(*store);
  element_->take_away();
  const std::string why = handshake_failure(held.get(), TLS1_3_VERSION);
  EXPECT_NE(why.find(GetParam() == Kind::tpm2 ? "TPM" : "PKCS#11"), std::string::npos) << why;
  element_->bring_back();
}

TEST_P(HardwareContract, RefusesAWrongPinWithoutShowingItAndTakesTheMendedOne) {
  element_->set_pin("4711");
  ASSERT_TRUE(create(identity(), true));  // and closed again: a token's login counts for the whole process
  element_->set_pin("98765");
  const auto opened = open_key_store(identity());
  ASSERT_TRUE(opened) << opened.error().detail;
  auto key = (*opened)->key();  // a TPM shows the public half to anybody
  std::string why = key ? "" : key.error().detail;
  if (key) {
    const auto request = pki::make_request(key->get(), "thing");
    ASSERT_FALSE(request);
    why = request.error().detail;
  }
  EXPECT_NE(why.find("PIN"), std::string::npos) << why;
  EXPECT_EQ(why.find("98765"), std::string::npos) << why;
  if (GetParam() == Kind::pkcs11) {
    EXPECT_NE((*opened)->key().error().detail.find("not tried again"), std::string::npos)
        << "a module that keeps connecting would lock its token";
  }
  element_->set_pin("4711");
  EXPECT_EQ(handshake_failure(key_of(**opened).get(), TLS1_3_VERSION), "");
}

TEST_P(HardwareContract, RefusesAPinThatOthersCanRead) {
  element_->set_pin("4711");
  ASSERT_TRUE(create(identity(), true));
  fs::permissions(folder_ / "pin", fs::perms::others_read, fs::perm_options::add);
  const auto opened = open_key_store(identity());
  ASSERT_TRUE(opened);
  auto key = (*opened)->key();
  const bool is_refused = !key || !pki::make_request(key->get(), "thing");
  EXPECT_TRUE(is_refused);
}

TEST_P(HardwareContract, KeepsACertificateBesideTheKeyWithoutHarm) {
  const StorePtr store = create(identity());
  ASSERT_TRUE(store);
  const auto root = pki::create_root_ca("Root", "Tests", 20, wall_now());
  const Status kept = store->keep_certificate(root->certificate.x509());
  EXPECT_TRUE(kept) << kept.error().detail;
  EXPECT_EQ(handshake_failure(key_of(*store).get(), TLS1_3_VERSION), "");
}

std::string kind_name(const ::testing::TestParamInfo<Kind>& info) { return test::name_of(info.param); }
INSTANTIATE_TEST_SUITE_P(Every, KeyStoreContract, ::testing::Values(Kind::file, Kind::tpm2, Kind::pkcs11), kind_name);
INSTANTIATE_TEST_SUITE_P(Each, HardwareContract, ::testing::Values(Kind::tpm2, Kind::pkcs11), kind_name);

}  // namespace
}  // namespace xl::keystore
