// SPDX-License-Identifier: Apache-2.0
// Each finding is provoked by hand in a registry that was clean.
#include "store/fsck.hpp"

#include "unit/store/store_fixture.hpp"

namespace xl::store {
namespace {

const crypto::AeadKey kKey{1, 2, 3};
const std::string kOem = "222222222222";

class Fsck : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    auto store = open_sqlite(file());
    ASSERT_TRUE(store) << store.error().detail;
    const Status written = (*store)->write([](cloud::Registry& r) -> Status {
      XL_CHECK(insert_account(r));
      XL_CHECK(r.accounts().insert({kOem, "oem", cloud::AccountKind::customer, "bbbbbb", kNow}));
      XL_CHECK(r.accounts().insert_access_key(
          {"AKIA1", kAccount, cloud::Role::admin, crypto::seal(kKey, "a secret", "AKIA1")}));
      cloud::Custody custody{make_certificate("lamp").id, "lamp", kAccount, {}, cloud::CustodyStatus::free, 1};
      for (const std::string name : {"lamp", "fan"}) {
        XL_CHECK(r.certificates().insert(make_certificate(name)));
        XL_CHECK(r.things().insert(make_thing(name)));
        XL_CHECK(r.things().attach(kAccount, name, make_certificate(name).id));
        custody.fingerprint = make_certificate(name).id;
        custody.thing_name = name;
        XL_CHECK(r.custody().change(custody, "first connect", kNow));
      }
      custody.owner_account = kOem;
      for (const auto status : {cloud::CustodyStatus::owned, cloud::CustodyStatus::owned_reset}) {
        custody.status = status;
        ++custody.epoch;
        XL_CHECK(r.custody().change(custody, "claimed", kNow));
      }
      return r.things().insert(make_thing("without a certificate"));
    });
    ASSERT_TRUE(written) << written.error().detail;
  }

  std::vector<std::string> findings(const crypto::AeadKey* key = &kKey) const {
    const auto report = fsck(file(), key);
    EXPECT_TRUE(report) << report.error().detail;
    std::vector<std::string> out;
    if (!report) return out;
    for (const Finding& f : report->findings) {
      EXPECT_FALSE(f.where.empty() || f.what.empty() || f.remedy.empty());
      out.push_back(f.where + ": " + f.what + ". " + f.remedy);
    }
    return out;
  }
  /// What `sql` provokes is told, and tells where.
  void expect(const char* sql, const std::string& where, const std::string& what) const {
    run_sql(sql);
    const auto found = findings();
    for (const std::string& line : found) {
      if (line.find(where) != std::string::npos && line.find(what) != std::string::npos) return;
    }
    ADD_FAILURE() << "after " << sql << " expected " << where << " … " << what << ", found "
                  << testing::PrintToString(found);
  }
};

TEST_F(Fsck, ACleanRegistryHasNoFindingsAndIsCounted) {
  EXPECT_EQ(findings(), std::vector<std::string>());
  const auto report = fsck(file(), &kKey);
  EXPECT_EQ(report->contents.accounts, 2);
  EXPECT_EQ(report->contents.things, 3);
  EXPECT_EQ(report->contents.certificates, 2);
  EXPECT_EQ(report->contents.custody_entries, 4);
}

TEST_F(Fsck, ChangesNothingAndWorksWhileOthersWrite) {
  auto store = *open_sqlite(file());
  const auto before = snapshot();
  EXPECT_EQ(findings(), std::vector<std::string>());
  EXPECT_EQ(snapshot(), before);
  for (int i = 0; i < 50; ++i) {
    store->submit([i](cloud::Registry& r) { return insert_trio(r, "w" + std::to_string(i)); }, {});
    EXPECT_EQ(findings(), std::vector<std::string>());
  }
}

TEST_F(Fsck, AFieldOfACustodyEntryThatWasChanged) {
  for (const char* change : {"thing_name = 'x'", "vendor_account = '222222222222'", "owner_account = '111111111111'",
                             "status = 4", "reason = 'x'", "at = at + 1", "hash = '00'"}) {
    const std::string sql = std::string("update custody_log set ") + change + " where thing_name = 'fan' and epoch = 2";
    expect(sql.c_str(), "epoch 2", "it was changed");
    TearDown();
    SetUp();
  }
}

TEST_F(Fsck, ACustodyEntryThatIsMissing) {
  expect("delete from custody_log where thing_name = 'fan' and epoch = 2", "thing fan), epoch 3",
         "epochs 2 to 2 are missing");
}

TEST_F(Fsck, TheFirstCustodyEntryIsMissing) {
  expect("delete from custody_log where thing_name = 'fan' and epoch = 1", "epoch 2", "epochs 1 to 1 are missing");
}

TEST_F(Fsck, ABrokenLink) {
  expect("update custody_log set previous_hash = 'ff' where thing_name = 'fan' and epoch = 3", "epoch 3",
         "does not hold the hash of the entry before it");
}

TEST_F(Fsck, TheNewestEntryIsGone) {
  expect("delete from custody_log where thing_name = 'fan' and epoch = 3", "thing fan)",
         "not what the newest entry of its chain says");
}

TEST_F(Fsck, ACustodyStateThatItsChainDoesNotSay) {
  for (const char* change : {"status = 0", "owner_account = null", "owner_account = '111111111111'",
                             "vendor_account = '222222222222'", "thing_name = 'lamp'", "epoch = 4"}) {
    const std::string sql = std::string("update custody set ") + change + " where thing_name = 'fan'";
    expect(sql.c_str(), "custody of " + make_certificate("fan").id, "not what the newest entry of its chain says");
    TearDown();
    SetUp();
  }
}

TEST_F(Fsck, CustodyWithoutAChainAndAChainWithoutCustody) {
  expect("delete from custody_log where thing_name = 'lamp'", "thing lamp", "has no chain");
  expect("delete from custody where thing_name = 'fan'", "thing fan", "its present state does not");
}

TEST_F(Fsck, AReservationWithoutAClaimAndAClaimWithoutItsModule) {
  expect("update custody set status = 1 where thing_name = 'fan'", "thing fan", "no claim holds it");
  const std::string claim =
      "insert into claim select 'clm-1', '222222222222', '111111111111', thing_name, fingerprint, "
      "'oem', 2, 0, '', 1, 0, 0, 0, '', null, 0, 0, '' from custody where thing_name = '";
  expect((claim + "lamp'").c_str(), "thing lamp", "the module is not its account's");
}

TEST_F(Fsck, CustodyOfAnAccountWhoseDeletionWasCutOff) {
  expect("insert into closed_account(account_id, name, closed) values('222222222222', 'oem', 1)", "thing fan",
         "an account that was deleted. Finish the deletion");
}

TEST_F(Fsck, CustodyOfAnAccountThatDoesNotExist) {
  expect("delete from account where id = '222222222222'", "thing fan", "an account that does not exist");
}

TEST_F(Fsck, ACertificateWhoseIdIsNotThatOfItsContents) {
  expect("update certificate set pem = replace(pem, 'bGFtcA', 'bGFtcQ')", make_certificate("lamp").id,
         "not the SHA-256 of its contents");
  expect("update certificate set pem = 'nonsense'", make_certificate("fan").id, "not the SHA-256 of its contents");
}

TEST_F(Fsck, ACaCertificateWhoseIdIsNotThatOfItsContentsAndWhoseTemplateIsMissing) {
  const char* const insert =
      "insert into ca_certificate values('111111111111', 'caca', 'nonsense', '', '', 0, 1, 1, 'gone', '', '', 0, 0, 0, "
      "0, 1)";
  expect(insert, "CA certificate caca in account 111111111111", "not the SHA-256 of its contents");
  expect("select 1", "CA certificate caca", "its provisioning template gone does not exist");
}

TEST_F(Fsck, ACertificateAttachedToNothing) {
  expect("delete from thing_principal where thing_name = 'fan'", make_certificate("fan").id, "attached to no thing");
  run_sql("update certificate set status = 2");  // revoked: that was the advice
  EXPECT_EQ(findings(), std::vector<std::string>());
}

TEST_F(Fsck, ACertificateThatIsNoModulesMayBeAttachedToNothing) {
  run_sql(
      "insert into certificate(account_id, id, pem, status, mode, not_before, not_after, created, modified) select "
      "account_id, id, pem, 0, mode, not_before, not_after, created, modified from (select '222222222222' as "
      "account_id, id, pem, mode, not_before, not_after, created, modified from certificate limit 1)");
  run_sql("delete from custody_log");
  run_sql("delete from custody");
  EXPECT_EQ(findings(), std::vector<std::string>());
}

TEST_F(Fsck, DefaultVersionsTypesAndTransfersThatDoNotFit) {
  run_sql("insert into policy values('111111111111', 'p', '{}', '1', 0, 0, 1)");
  expect("select 1", "policy p in account 111111111111", "not that of its default version");
  run_sql("insert into policy_version values('111111111111', 'p', 1, '{}', 0)");
  EXPECT_EQ(findings(), std::vector<std::string>());
  expect("update thing set type_name = 'gone' where name = 'fan'", "thing fan", "a type that does not exist");
  run_sql("update thing set type_name = null");
  const std::string id = make_certificate("fan").id;
  run_sql("update certificate set status = 3");
  expect("select 1", id, "PENDING_TRANSFER without a transfer");
  run_sql("update certificate set status = 0");
  run_sql(
      "insert into certificate_transfer select '111111111111', id, '222222222222', 0, '', '', 0, null from certificate "
      "limit 1");
  expect("select 1", "certificate ", "not PENDING_TRANSFER in both accounts");
  run_sql("delete from certificate_transfer");
  expect("insert into retained_topic values('111111111111', 'a', 0)", "retained messages as counted",
         "not that of their topics");
}

TEST_F(Fsck, TwoCertificatesOnOneThing) {
  expect("update thing_principal set thing_name = 'lamp'", "thing lamp in account 111111111111",
         "2 certificates are attached to it (duplicate UID)");
  const std::string revoke = "update certificate set status = 2 where id = '" + make_certificate("fan").id + "'";
  run_sql(revoke.c_str());
  EXPECT_EQ(findings(), std::vector<std::string>()) << "once one of them is revoked";
}

TEST_F(Fsck, CertificatesThatWaitForADecision) {
  expect("update certificate set status = 4", make_certificate("fan").id, "PENDING_ACTIVATION without a reason");
  expect("delete from thing_principal where thing_name = 'fan'", make_certificate("fan").id,
         "another certificate has its ThingName");
}

TEST_F(Fsck, AReferenceToNothing) {
  expect("delete from thing where name = 'fan'", "table thing_principal", "table thing that does not exist");
}

TEST_F(Fsck, AnIndexThatDoesNotMatchItsTable) {
  run_sql(
      "pragma writable_schema = on; update sqlite_schema set rootpage = "
      "(select rootpage from sqlite_schema where name = 'viewer_grant_by_thing') "
      "where name = 'thing_principal_by_certificate'");
  ASSERT_FALSE(findings().empty());
  EXPECT_NE(findings().front().find("database: "), std::string::npos) << findings().front();
}

TEST_F(Fsck, DamagedPages) {
  damage(file());
  ASSERT_FALSE(findings().empty());
  EXPECT_NE(findings().front().find("restore"), std::string::npos) << findings().front();
}

TEST_F(Fsck, AFileThatIsNoDatabase) {
  std::ofstream(file()) << std::string(5000, 'n');
  ASSERT_EQ(findings().size(), 1U);
  EXPECT_NE(findings().front().find("not a database"), std::string::npos) << findings().front();
}

TEST_F(Fsck, AMasterKeyThatIsMissingOrAnothers) {
  const crypto::AeadKey other{9, 9, 9};
  ASSERT_EQ(findings(&other).size(), 1U);
  EXPECT_NE(findings(&other).front().find("access key AKIA1"), std::string::npos);
  ASSERT_EQ(findings(nullptr).size(), 1U);
  EXPECT_NE(findings(nullptr).front().find("master.key: it is missing"), std::string::npos);
}

TEST_F(Fsck, WhatCannotBeCheckedIsAnErrorNotAFinding) {
  EXPECT_EQ(fsck(folder_ / "missing.sqlite", &kKey).error().code, Errc::not_found);
  run_sql("update schema_version set version = 99");
  EXPECT_EQ(fsck(file(), &kKey).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace xl::store
