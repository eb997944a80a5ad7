// SPDX-License-Identifier: Apache-2.0
// The way out of an account, over a real registry.
#include "cloud/onboarding/offboard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "store/sqlite_store.hpp"

namespace xl::cloud::onboarding {
namespace {

const UnixMillis kNow = from_millis(1'800'000'000'000);
const std::string kLamp(64, 'a'), kShared(64, 'b');

class Offboard : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-offboard-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto opened = store::open_sqlite(folder_ / "registry.sqlite");
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = *std::move(opened);
    write([this](Registry& registry) { return fill(registry); });
    view_ = *store_->open_view();
  }
  void TearDown() override {
    view_.reset();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// Thing `lamp` with a certificate of its own and one that it shares with thing `lock`; both have policy `p`.
  Status fill(Registry& registry) {
    for (const Account& account : {vendor_, oem_}) XL_CHECK(registry.accounts().insert(account));
    XL_CHECK(registry.policies().insert({oem_.id, "p", R"({"Statement":[]})", "1", kNow, kNow}));
    XL_CHECK(registry.thing_groups().insert({oem_.id, "g", "id of g", std::nullopt, "", {}, 1, kNow}));
    for (const std::string name : {"lamp", "lock"}) {
      XL_CHECK(registry.things().insert({oem_.id, name, "id of " + name, {}, 1, kNow}));
      XL_CHECK(registry.thing_groups().add_member(oem_.id, "g", name));
    }
    for (const std::string& id : {kLamp, kShared}) {
      XL_CHECK(registry.certificates().insert(certificate(id)));
      XL_CHECK(registry.policies().attach(oem_.id, "p", id));
      XL_CHECK(registry.things().attach(oem_.id, "lamp", id));
      XL_CHECK(registry.custody().change({id, "lamp", vendor_.id, oem_.id, CustodyStatus::owned, 1}, "test", kNow));
    }
    return registry.things().attach(oem_.id, "lock", kShared);
  }
  Certificate certificate(const std::string& id) const {
    Certificate out;
    out.account_id = oem_.id;
    out.id = id;
    out.status = CertificateStatus::active;
    return out;
  }
  void write(const RegistryStore::Work& work) {
    const Status status = store_->write(work);
    ASSERT_TRUE(status) << status.error().detail;
  }
  Offboarded run(const std::string& thing = "lamp") {
    Offboarded done;
    write([&](Registry& registry) -> Status {
      XL_TRY(done, offboard(registry, oem_, thing, kNow));
      return {};
    });
    return done;
  }
  Custody custody(const std::string& id) { return view_->custody().find(id).value_or(Custody{}); }
  bool is_barred(const std::string& id) { return view_->tombstones().has(oem_.id, id).value_or(false); }

  const Account vendor_{"111111111111", "staging", AccountKind::staging, "aaaaaa", kNow};
  const Account oem_{"222222222222", "oem", AccountKind::customer, "bbbbbb", kNow};
  std::filesystem::path folder_;
  std::unique_ptr<RegistryStore> store_;
  std::unique_ptr<const Registry> view_;
};

TEST_F(Offboard, TakesTheThingItsCertificateAndItsCustodyOut) {
  const std::int64_t before = view_->changes_after(0)->last;
  const Offboarded done = run();
  EXPECT_TRUE(done.was_there);
  EXPECT_EQ(done.deleted_certificates, std::vector{kLamp});
  EXPECT_EQ(view_->things().find(oem_.id, "lamp").error().code, Errc::not_found);
  EXPECT_EQ(view_->certificates().find(oem_.id, kLamp).error().code, Errc::not_found);
  EXPECT_EQ(custody(kLamp).status, CustodyStatus::free);
  EXPECT_EQ(custody(kLamp).owner_account, std::nullopt);
  EXPECT_EQ(view_->custody().history(kLamp)->back().reason, "offboarded from account oem");
  EXPECT_TRUE(is_barred(kLamp));
  const auto changed = view_->changes_after(before)->certificates;
  EXPECT_NE(std::ranges::find(changed, kLamp), changed.end()) << "a live session is looked at again";
}

TEST_F(Offboard, LeavesWhatOthersHave) {
  EXPECT_EQ(run().kept_certificates, std::vector{kShared});
  EXPECT_EQ(view_->things().things_of(oem_.id, kShared), std::vector<std::string>{"lock"});
  EXPECT_EQ(view_->policies().attached_to(oem_.id, kShared)->size(), 1u);
  EXPECT_EQ(custody(kShared).status, CustodyStatus::owned) << "lock is still there with it";
  EXPECT_FALSE(is_barred(kShared));
  EXPECT_TRUE(view_->policies().find(oem_.id, "p"));
  EXPECT_EQ(view_->thing_groups().members(oem_.id, "g", false, {})->items, std::vector<std::string>{"lock"});
}

TEST_F(Offboard, TwiceIsTheSameAsOnce) {
  run();
  const Offboarded again = run();
  EXPECT_FALSE(again.was_there);
  EXPECT_TRUE(again.deleted_certificates.empty());
  EXPECT_EQ(custody(kLamp).epoch, 2);
}

TEST_F(Offboard, FreesAModuleWhoseRegistrationWasDeletedByHand) {
  write([this](Registry& registry) -> Status {
    for (const std::string& id : {kLamp, kShared}) XL_CHECK(registry.things().detach(oem_.id, "lamp", id));
    XL_CHECK(registry.policies().detach(oem_.id, "p", kLamp));
    XL_CHECK(registry.certificates().remove(oem_.id, kLamp));
    return registry.things().remove(oem_.id, "lamp");
  });
  EXPECT_FALSE(run().was_there);
  EXPECT_EQ(custody(kLamp).status, CustodyStatus::free);
  EXPECT_TRUE(is_barred(kLamp));
  EXPECT_EQ(custody(kShared).status, CustodyStatus::owned) << "its certificate is registered";
}

TEST_F(Offboard, LeavesTheCustodyOfOthersAlone) {
  write([this](Registry& registry) {
    return registry.custody().change({kLamp, "lamp", vendor_.id, "333333333333", CustodyStatus::owned, 2}, "moved",
                                     kNow);
  });
  run();
  EXPECT_EQ(custody(kLamp).owner_account, "333333333333");
  EXPECT_TRUE(is_barred(kLamp));
}

TEST_F(Offboard, IsRefusedWholeWhileACertificateIsBeingTransferred) {
  write([this](Registry& registry) {
    return registry.certificates().set_status(oem_.id, kLamp, CertificateStatus::pending_transfer, kNow);
  });
  const Status refused = store_->write([this](Registry& registry) -> Status {
    XL_CHECK(offboard(registry, oem_, "lamp", kNow));
    return {};
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(view_->things().principals_of(oem_.id, "lamp")->size(), 2u);
}

TEST_F(Offboard, WithdrawingACertificateLeavesCustodyToTheCaller) {
  const auto withdraw_lamp = [this](Registry& registry) { return withdraw(registry, oem_, kLamp, kNow); };
  write(withdraw_lamp);
  write(withdraw_lamp);
  EXPECT_EQ(view_->certificates().find(oem_.id, kLamp).error().code, Errc::not_found);
  EXPECT_EQ(view_->things().principals_of(oem_.id, "lamp"), std::vector{kShared}) << "the thing has another";
  EXPECT_EQ(custody(kLamp).status, CustodyStatus::owned);
  EXPECT_TRUE(is_barred(kLamp));
}

TEST_F(Offboard, WithdrawingTheLastCertificateTakesTheThingAlong) {
  write([this](Registry& registry) -> Status {
    XL_CHECK(registry.things().detach(oem_.id, "lamp", kShared));
    return withdraw(registry, oem_, kLamp, kNow);
  });
  EXPECT_EQ(view_->things().find(oem_.id, "lamp").error().code, Errc::not_found);
  EXPECT_TRUE(view_->things().find(oem_.id, "lock"));
}

}  // namespace
}  // namespace xl::cloud::onboarding
