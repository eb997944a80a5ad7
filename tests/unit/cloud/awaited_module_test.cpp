// SPDX-License-Identifier: Apache-2.0
// Claims of modules that no cloud has seen yet: what their labels say is all there is (docs/onboarding.md "The saga").
#include <gtest/gtest.h>

#include "cloud/onboarding/claims.hpp"
#include "cloud/onboarding/waiting.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "unit/cloud/staged_module.hpp"

namespace xl::cloud::onboarding {
namespace {

const std::string kThing = std::string(39, 'b') + "2", kFingerprint(64, 'e');

class AwaitedModule : public testing::Test {
 protected:
  ClaimRequest request() const { return {kThing, m.voucher_of(kThing, kFingerprint), "", "", kFingerprint}; }
  Settings settings() const {
    Settings out = m.settings();
    out.read_certificate = [](std::string_view) -> Result<DeviceCertificate> { return device(); };
    return out;
  }
  static DeviceCertificate device() {
    return {kFingerprint, "birth certificate", "a key", kThing, {{"serialNumber", kThing}}, {}, {}, {}};
  }
  Result<Claim> claim(const ClaimRequest& request) {
    Result<Claim> out = fail(Error::internal("not run"));
    (void)m.store->write([&](Registry& registry) -> Status {
      out = claim_module(registry, settings(), m.oem, request, m.now);
      return out.map([](const Claim&) {});
    });
    return out;
  }
  void write(const RegistryStore::Work& work) {
    const Status done = m.store->write(work);
    ASSERT_TRUE(done) << done.error().detail;
  }
  /// As just-in-time provisioning, or the vendor himself, does it.
  void register_in_staging() {
    write([this](Registry& registry) -> Status {
      Certificate certificate;
      certificate.account_id = m.vendor.id;
      certificate.id = kFingerprint;
      certificate.pem = "birth certificate";
      certificate.status = CertificateStatus::active;
      certificate.not_before = m.now;
      certificate.not_after = m.now + std::chrono::days(36500);
      return registry.certificates().insert(certificate);
    });
  }
  void connect_to_staging() {
    register_in_staging();
    write([this](Registry& registry) -> Status {
      XL_CHECK(provisioning::open_custody(registry, m.vendor, device(), m.now));
      return note_visit(registry, settings(), m.vendor, kFingerprint, m.now);
    });
  }
  ClaimState state_of(const Claim& claim) const { return m.view->claims().find(claim.id)->state; }
  Custody custody() const { return *m.view->custody().find(kFingerprint); }

  test::StagedModule m;
};

TEST_F(AwaitedModule, IsReservedByItsLabelAndPreparedWhenItIsSeen) {
  const auto claimed = claim(request());
  ASSERT_TRUE(claimed) << claimed.error().detail;
  EXPECT_EQ(claimed->state, ClaimState::awaiting_module);
  EXPECT_EQ(claim(request())->id, claimed->id) << "R8";
  EXPECT_EQ(custody().status, CustodyStatus::reserved);
  EXPECT_EQ(custody().owner_account, m.oem.id);
  EXPECT_EQ(custody().vendor_account, m.vendor.id);
  EXPECT_FALSE(m.view->certificates().find(m.oem.id, kFingerprint)) << "there is nothing to register yet";

  connect_to_staging();
  EXPECT_EQ(state_of(*claimed), ClaimState::prepared);
  EXPECT_EQ(custody().public_key, "a key") << "from now on no other certificate may have it";
  EXPECT_EQ(m.view->certificates().find(m.oem.id, kFingerprint)->status, CertificateStatus::active);
  EXPECT_TRUE(has_news(*m.view, kFingerprint, "a session")) << "its first session is told already";
}

TEST_F(AwaitedModule, NeedsTheWholeLabel) {
  ClaimRequest without = request();
  without.fingerprint.clear();
  ClaimRequest unsigned_one = request();
  unsigned_one.voucher.reset();
  ClaimRequest of_another = request();
  of_another.fingerprint = std::string(64, 'd');
  ClaimRequest of_the_known_one = request();
  of_the_known_one.fingerprint = m.fingerprint;
  of_the_known_one.voucher = m.voucher_of(kThing, m.fingerprint);
  for (const ClaimRequest& wrong : {without, unsigned_one, of_another, of_the_known_one}) {
    const auto refused = claim(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, kClaimRefused) << "unknown and refused are told alike";
  }
  write([this](Registry& registry) { return m.allow(registry, Proof::voucher_and_present); });
  EXPECT_FALSE(claim(request())) << "it cannot be connected to staging now";
  EXPECT_FALSE(m.view->custody().find(kFingerprint)) << "nothing is reserved by a refusal";
}

TEST_F(AwaitedModule, MustBeOfALotThatTheGrantNames) {
  const auto grant_lots = [this](std::vector<std::string> lots) {
    write([&](Registry& registry) {
      return registry.claim_grants().put({m.vendor.id, m.oem.id, Proof::voucher, false, m.now, "", std::move(lots)});
    });
  };
  grant_lots({"LOT6", "LOT8"});
  const auto refused = claim(request());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, kClaimRefused);
  EXPECT_FALSE(m.view->custody().find(kFingerprint));
  const auto claim_the_staged_one = [this] {
    return m.store->write([this](Registry& registry) {
      return claim_module(registry, m.settings(), m.oem, m.request(), m.now).map([](const Claim&) {});
    });
  };
  EXPECT_EQ(claim_the_staged_one().error().detail, kClaimRefused) << "a module in staging is no other";
  grant_lots({"LOT6", "LOT7"});
  EXPECT_TRUE(claim(request()));
  EXPECT_TRUE(claim_the_staged_one());
}

TEST_F(AwaitedModule, IsPreparedAtOnceWhenItsVendorHasRegisteredIt) {
  register_in_staging();
  const auto claimed = claim(request());
  ASSERT_TRUE(claimed) << claimed.error().detail;
  EXPECT_EQ(claimed->state, ClaimState::prepared);
  EXPECT_EQ(custody().public_key, "a key");
}

TEST_F(AwaitedModule, ThatNeverComesIsFreeAgain) {
  const auto claimed = claim(request());
  ASSERT_TRUE(claimed);
  write([this](Registry& registry) -> Status {
    XL_CHECK(registry.claims().add_run_time(std::chrono::milliseconds(std::chrono::days(31)).count()));
    return expire(registry, {}, 10, m.now).map([](std::size_t) {});
  });
  EXPECT_EQ(state_of(*claimed), ClaimState::expired);
  EXPECT_EQ(custody().status, CustodyStatus::free);
  connect_to_staging();
  EXPECT_EQ(custody().status, CustodyStatus::free) << "and an ordinary module when it does come";
  EXPECT_EQ(claim(request())->state, ClaimState::prepared);
}

TEST_F(AwaitedModule, GetsTheTemplateThatWasAskedForThen) {
  ClaimRequest with_template = request();
  with_template.template_name = "not-there";
  const auto claimed = claim(with_template);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->state, ClaimState::awaiting_module);
  connect_to_staging();
  const auto failed = m.view->claims().find(claimed->id);
  EXPECT_EQ(failed->state, ClaimState::failed_configuration);
  EXPECT_NE(failed->reason.find("not-there"), std::string::npos) << failed->reason;
  EXPECT_EQ(custody().status, CustodyStatus::free);
}

}  // namespace
}  // namespace xl::cloud::onboarding
