// SPDX-License-Identifier: Apache-2.0
// Just-in-time registration: a CA with auto-registration and without a template.
#include "unit/cloud/jitp_fixture.hpp"

namespace xl::cloud::provisioning {
namespace {

class Jitr : public Jitp {
 protected:
  void SetUp() override {
    Jitp::SetUp();
    for (const Account& account : {vendor_, oem_, other_})
      change_ca(account, [](CaCertificate& ca) { ca.template_body.clear(); });
  }
  CertificateStatus status_in(const Account& account) {
    const auto certificate = view_->certificates().find(account.id, kFirst);
    EXPECT_TRUE(certificate);
    return certificate ? certificate->status : CertificateStatus::revoked;
  }
  /// What the account does when it has heard of the certificate.
  void activate(const Account& account) {
    write([&](Registry& registry) -> Status {
      const Status made = registry.things().insert({account.id, "lamp", "id", {}, 1, kNow});
      if (!made && made.error().code != Errc::already_exists) return made;
      XL_CHECK(registry.things().attach(account.id, "lamp", kFirst));
      return registry.certificates().set_status(account.id, kFirst, CertificateStatus::active, kNow);
    });
  }
  void open(const Account& account, const DeviceCertificate& presented = device()) {
    write([&](Registry& registry) { return open_custody(registry, account, presented, kNow); });
  }
};

TEST_F(Jitr, TheCertificateIsRegisteredPendingActivationAndRefused) {
  const auto principal = provision(oem_);
  ASSERT_TRUE(principal) << principal.error().detail;
  ASSERT_TRUE(principal->refused && principal->registration);
  EXPECT_TRUE(has(*principal->refused, "UpdateCertificate")) << *principal->refused;
  EXPECT_TRUE(has(*principal->refused, kFirst.substr(0, 12))) << *principal->refused;
  EXPECT_EQ(principal->registration->ca_certificate_id, kCa);
  EXPECT_EQ(principal->registration->first, std::nullopt);
  EXPECT_EQ(status_in(oem_), CertificateStatus::pending_activation);
  EXPECT_EQ(view_->certificates().find(oem_.id, kFirst)->ca_certificate_id, kCa);
  EXPECT_FALSE(view_->custody().find(kFirst));  // the account has not said yes yet
  EXPECT_TRUE(has(refusal(admit(oem_)), "PENDING_ACTIVATION"));
}

TEST_F(Jitr, AnotherAttemptChangesNothingAndKnowsTheFirst) {
  ASSERT_TRUE(provision(oem_));
  const auto again = provision(oem_);
  ASSERT_TRUE(again && again->registration);
  EXPECT_EQ(again->registration->first, kNow);
  EXPECT_EQ(view_->certificates().list(oem_.id, {}).value().items.size(), 1u);
  EXPECT_EQ(view_->certificates().find(oem_.id, kFirst)->version, 1);
}

TEST_F(Jitr, OnceActivatedTheCustomersFirstConnectOpensCustody) {
  ASSERT_TRUE(provision(oem_));
  activate(oem_);
  const auto principal = admit(oem_);
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_TRUE(principal->custody_unopened);
  for (int i = 0; i < 2; ++i) open(oem_);
  EXPECT_EQ(custody().status, CustodyStatus::owned);
  EXPECT_EQ(custody().owner_account, oem_.id);
  EXPECT_EQ(custody().vendor_account, vendor_.id);
  EXPECT_EQ(custody().thing_name, "lamp");
  EXPECT_EQ(custody().epoch, 1);
  EXPECT_FALSE(admit(oem_)->custody_unopened);
  EXPECT_TRUE(has(refusal(provision(other_)), "belongs to another account"));
}

TEST_F(Jitr, OnceActivatedInStagingTheModuleIsFree) {
  ASSERT_TRUE(provision(vendor_));
  activate(vendor_);
  open(vendor_);
  EXPECT_EQ(custody().status, CustodyStatus::free);
  EXPECT_EQ(custody().owner_account, std::nullopt);
}

TEST_F(Jitr, AFreeModuleIsNobodysUntilItsActivationIsUsed) {
  set_custody(CustodyStatus::free);
  for (const Account& account : {oem_, other_}) ASSERT_TRUE(provision(account)->registration);
  EXPECT_EQ(custody().status, CustodyStatus::free);
  activate(other_);
  EXPECT_TRUE(admit(other_)->custody_change_needed);
}

TEST_F(Jitr, CustodyDecidesBeforeAnythingIsRegistered) {
  set_custody(CustodyStatus::owned, oem_.id);
  EXPECT_TRUE(has(refusal(provision(other_)), "belongs to another account"));
  EXPECT_TRUE(provision(vendor_)->guest);
  EXPECT_FALSE(view_->certificates().find(other_.id, kFirst));
  set_custody(CustodyStatus::reserved, oem_.id);
  EXPECT_TRUE(has(refusal(provision(other_)), "reserved for another account"));
  write([&](Registry& registry) { return registry.tombstones().put(oem_.id, kFirst, kNow); });
  EXPECT_TRUE(has(refusal(provision(oem_)), "offboarded"));
}

TEST_F(Jitr, AnotherCertificateOfAKeyInCustodyIsRefused) {
  ASSERT_TRUE(provision(oem_));
  activate(oem_);
  open(oem_);
  DeviceCertificate copy = device(kSecond);
  copy.public_key = device().public_key;
  const auto principal = provision(other_, copy);
  ASSERT_TRUE(principal && principal->refused);
  EXPECT_TRUE(principal->refused->starts_with("duplicate_key"));
  EXPECT_FALSE(principal->registration);
  EXPECT_FALSE(view_->certificates().find(other_.id, kSecond));
}

TEST_F(Jitr, ATemplateThatComesLaterProvisionsWhatWaits) {
  ASSERT_TRUE(provision(oem_)->registration);
  change_ca(oem_, [](CaCertificate& ca) { ca.template_body = kTemplate; });
  const auto principal = provision(oem_);
  ASSERT_TRUE(principal && !principal->refused);
  EXPECT_EQ(status_in(oem_), CertificateStatus::active);
}

}  // namespace
}  // namespace xl::cloud::provisioning
