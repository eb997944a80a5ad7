// SPDX-License-Identifier: Apache-2.0
#include "installation/installation.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "installation/access_keys.hpp"
#include "installation/accounts.hpp"
#include "installation/backup_schedule.hpp"
#include "installation/credentials_file.hpp"
#include "installation/files.hpp"
#include "pki/certificate.hpp"
#include "store/backup.hpp"

namespace xl::installation {
namespace {

class InstallationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-installation-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static unsigned mode_of(const std::filesystem::path& file) {
    struct stat info{};
    EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
    return info.st_mode & 0777U;
  }

  std::filesystem::path folder_;
};

TEST_F(InstallationTest, FirstOpenMakesWhatIsMissingAndTheSecondKeepsIt) {
  const auto first = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(first) << first.error().detail;
  const auto second = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(first->root_ca_pem, second->root_ca_pem);
  EXPECT_EQ(first->server_chain_pem, second->server_chain_pem);
  EXPECT_EQ(first->master_key, second->master_key);
}

TEST_F(InstallationTest, SecretsAreReadableByTheOwnerOnly) {
  auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(cloud) << cloud.error().detail;
  ASSERT_TRUE(ensure_account(*cloud, "staging", cloud::AccountKind::staging));
  EXPECT_EQ(mode_of(cloud->folder), 0700U);
  for (const char* file : {"master.key", "root-ca.key", "server.key", "credentials"}) {
    EXPECT_EQ(mode_of(cloud->folder / file), 0600U) << file;
  }
}

TEST_F(InstallationTest, AnotherDomainRenewsTheServerCertificateUnderTheSameRoot) {
  const auto first = open_installation(folder_ / "cloud", "iot.localhost");
  const auto second = open_installation(folder_ / "cloud", "iot.example.com");
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->server_chain_pem, second->server_chain_pem);
  EXPECT_EQ(first->root_ca_pem, second->root_ca_pem);
  const auto root = pki::Certificate::from_pem(second->root_ca_pem);
  const auto server = pki::Certificate::from_pem(second->server_chain_pem);
  ASSERT_TRUE(root && server);
  EXPECT_TRUE(root->has_signed(*server));
}

TEST_F(InstallationTest, ADamagedMasterKeyIsNamedAndLeftAlone) {
  ASSERT_TRUE(open_installation(folder_ / "cloud", "iot.localhost"));
  ASSERT_TRUE(write_file(folder_ / "cloud" / "master.key", "oops\n", Access::owner_only));
  const auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_FALSE(cloud);
  EXPECT_EQ(cloud.error().code, Errc::corrupt);
  EXPECT_NE(cloud.error().detail.find("master.key"), std::string::npos);
  EXPECT_EQ(*read_file(folder_ / "cloud" / "master.key"), "oops\n");
}

TEST_F(InstallationTest, AnAccountMadeTwiceIsTheSameAccountWithOneProfile) {
  auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(cloud);
  const auto first = ensure_account(*cloud, "acme", cloud::AccountKind::customer);
  const auto before = read_file(cloud->folder / "credentials");
  const auto second = ensure_account(*cloud, "acme", cloud::AccountKind::customer);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(first->id.size(), 12U);
  EXPECT_EQ(*before, *read_file(cloud->folder / "credentials"));
}

TEST_F(InstallationTest, AProfileLostInACrashIsMadeAgain) {
  auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(cloud);
  ASSERT_TRUE(ensure_account(*cloud, "acme", cloud::AccountKind::customer));
  std::filesystem::remove(cloud->folder / "credentials");
  ASSERT_TRUE(ensure_account(*cloud, "acme", cloud::AccountKind::customer));
  EXPECT_TRUE(*has_profile(cloud->folder / "credentials", "acme"));
}

TEST_F(InstallationTest, AProfileKeptElsewhereGetsNoThirdKey) {
  auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(cloud);
  for (int start = 0; start < 4; ++start) {
    ASSERT_TRUE(ensure_account(*cloud, "acme", cloud::AccountKind::customer));
    std::filesystem::remove(cloud->folder / "credentials");
  }
  const auto view = cloud->registry->open_view();
  const auto account = (*view)->accounts().find_by_name("acme");
  EXPECT_EQ((*view)->accounts().access_keys_of(account->id)->size(), kLiveKeysMax);
}

class AccessKeys : public InstallationTest {
 protected:
  void SetUp() override {
    InstallationTest::SetUp();
    auto opened = open_installation(folder_ / "cloud", "iot.localhost");
    ASSERT_TRUE(opened);
    cloud_ = *std::move(opened);
    account_ = *ensure_account(cloud_, "acme", cloud::AccountKind::customer);
    other_ = *ensure_account(cloud_, "other", cloud::AccountKind::customer);
  }
  std::string credentials() const { return *read_file(cloud_.folder / "credentials"); }
  bool is_live(const cloud::AccessKey& key) const {
    const auto view = cloud_.registry->open_view();
    return (*view)->accounts().find_access_key(key.id)->is_active;
  }

  Installation cloud_;
  cloud::Account account_, other_;
};

TEST_F(AccessKeys, ARolesNewestKeyIsItsProfileAndItsSecretIsSealed) {
  const auto first = create_access_key(cloud_, account_, cloud::Role::read_only);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_NE(credentials().find("[acme.read-only]\naws_access_key_id = " + first->id), std::string::npos);
  const auto secret = crypto::unseal(cloud_.master_key, first->sealed_secret, first->id);
  ASSERT_TRUE(secret);
  EXPECT_NE(credentials().find(*secret), std::string::npos);
  EXPECT_FALSE(crypto::unseal(cloud_.master_key, first->sealed_secret, "AKIAOTHER"));
  const auto second = create_access_key(cloud_, account_, cloud::Role::read_only);
  ASSERT_TRUE(second);
  EXPECT_EQ(credentials().find(first->id), std::string::npos);
  EXPECT_NE(credentials().find(second->id), std::string::npos);
  EXPECT_NE(credentials().find("[acme]"), std::string::npos) << "the other profiles stay";
  EXPECT_NE(credentials().find("[other]"), std::string::npos);
  EXPECT_EQ(mode_of(cloud_.folder / "credentials"), 0600U);
  EXPECT_EQ(create_access_key(cloud_, account_, cloud::Role::read_only).error().code, Errc::conflict);
  EXPECT_TRUE(create_access_key(cloud_, account_, cloud::Role::claim_only)) << "each role has its own two";
}

TEST_F(AccessKeys, RotationKeepsTheKeyBeforeAlive) {
  const auto first = create_access_key(cloud_, account_, cloud::Role::claim_only);
  const auto second = rotate_access_key(cloud_, account_, cloud::Role::claim_only);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(is_live(*first) && is_live(*second));
  const auto third = rotate_access_key(cloud_, account_, cloud::Role::claim_only);
  ASSERT_TRUE(third);
  EXPECT_FALSE(is_live(*first));
  EXPECT_TRUE(is_live(*second) && is_live(*third));
}

TEST_F(AccessKeys, AKeyIsDisabledInItsOwnAccountOnly) {
  const auto key = create_access_key(cloud_, account_, cloud::Role::read_only);
  ASSERT_TRUE(key);
  EXPECT_EQ(disable_access_key(cloud_, other_, key->id).error().code, Errc::not_found);
  EXPECT_TRUE(is_live(*key));
  EXPECT_TRUE(disable_access_key(cloud_, account_, key->id));
  EXPECT_FALSE(is_live(*key));
  EXPECT_TRUE(create_access_key(cloud_, account_, cloud::Role::read_only)) << "disabled ones do not count";
}

TEST_F(InstallationTest, RefusesBadNamesAndAChangeOfKind) {
  auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(cloud);
  for (const char* name : {"", "Acme", "a b", "a/b", "abcdefghijklmnopqrstuvwxyz0123456"}) {
    const auto account = ensure_account(*cloud, name, cloud::AccountKind::customer);
    ASSERT_FALSE(account) << name;
    EXPECT_EQ(account.error().code, Errc::invalid_argument);
  }
  ASSERT_TRUE(ensure_account(*cloud, "acme", cloud::AccountKind::customer));
  const auto other = ensure_account(*cloud, "acme", cloud::AccountKind::staging);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::already_exists);
}

TEST_F(InstallationTest, OneFolderIsServedByOneServer) {
  const auto first = lock_for_serving(folder_ / "cloud");
  ASSERT_TRUE(first);
  const auto second = lock_for_serving(folder_ / "cloud");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
}

TEST_F(InstallationTest, ALostKeyIsNamedNotReplaced) {
  {
    ASSERT_TRUE(open_installation(folder_ / "cloud", "iot.localhost"));
  }
  for (const char* name : {"master.key", "root-ca.pem"}) {
    std::filesystem::rename(folder_ / "cloud" / name, folder_ / name);
    const auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
    ASSERT_FALSE(cloud) << name;
    EXPECT_EQ(cloud.error().code, Errc::corrupt);
    EXPECT_NE(cloud.error().detail.find(std::string(name) + " is missing"), std::string::npos) << cloud.error().detail;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "cloud" / name));
    std::filesystem::rename(folder_ / name, folder_ / "cloud" / name);
  }
  EXPECT_TRUE(open_installation(folder_ / "cloud", "iot.localhost"));
}

TEST_F(InstallationTest, ALostRegistryIsNotStartedAnewWhereAccountsWere) {
  {
    auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
    ASSERT_TRUE(cloud);
    ASSERT_TRUE(ensure_account(*cloud, "staging", cloud::AccountKind::staging));
  }
  std::filesystem::remove(registry_of(folder_ / "cloud"));
  const auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_FALSE(cloud);
  EXPECT_EQ(cloud.error().code, Errc::corrupt);
  EXPECT_FALSE(std::filesystem::exists(registry_of(folder_ / "cloud")));
}

TEST_F(InstallationTest, ARestoreExcludesWhoeverHasTheRegistryOpenAndTheReverse) {
  auto cloud = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_TRUE(cloud);
  EXPECT_TRUE(lock_for_use(folder_ / "cloud")) << "several may use it";
  const auto refused = lock_for_restore(folder_ / "cloud");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  cloud = fail(Error::internal("closed"));
  const auto alone = lock_for_restore(folder_ / "cloud");
  ASSERT_TRUE(alone) << alone.error().detail;
  const auto other = open_installation(folder_ / "cloud", "iot.localhost");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::unavailable);
}

TEST_F(InstallationTest, ARestoreThatWasCutOffIsCompletedWhenTheRegistryIsOpened) {
  const auto folder = folder_ / "cloud";
  {
    ASSERT_TRUE(open_installation(folder, "iot.localhost"));
  }
  ASSERT_TRUE(
      store::back_up(registry_of(folder), registry_of(folder).string() + ".restoring-T", store::Existing::keep));
  std::filesystem::rename(registry_of(folder), registry_of(folder).string() + ".before-restore-T");
  const auto cloud = open_installation(folder, "iot.localhost");
  ASSERT_TRUE(cloud) << cloud.error().detail;
  EXPECT_TRUE(std::filesystem::exists(registry_of(folder)));
  EXPECT_FALSE(std::filesystem::exists(registry_of(folder).string() + ".restoring-T"));
}

std::size_t wait_for_a_file(const std::filesystem::path& folder) {
  for (int i = 0; i < 1000 && !store::newest_scheduled_backup(folder); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const std::filesystem::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_F(InstallationTest, TheScheduleMakesABackupWhenTheNewestIsTooOldOnly) {
  const auto folder = folder_ / "cloud";
  const auto cloud = open_installation(folder, "iot.localhost");
  ASSERT_TRUE(cloud);
  for (int restart = 0; restart < 3; ++restart) {
    const BackupSchedule schedule(folder, std::chrono::hours(24));
    EXPECT_EQ(wait_for_a_file(backups_of(folder)), 1U);
  }
  const auto newest = *store::newest_scheduled_backup(backups_of(folder));
  EXPECT_EQ(mode_of(backups_of(folder)), 0700U);
  const auto old = backups_of(folder) / store::scheduled_name(wall_now() - std::chrono::hours(25));
  std::filesystem::rename(newest, old);
  std::filesystem::last_write_time(old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  const BackupSchedule schedule(folder, std::chrono::hours(24));
  for (int i = 0; i < 1000 && store::newest_scheduled_backup(backups_of(folder)) == old; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(wait_for_a_file(backups_of(folder)), 2U);
}

}  // namespace
}  // namespace xl::installation
