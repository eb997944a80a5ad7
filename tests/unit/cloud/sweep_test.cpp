// SPDX-License-Identifier: Apache-2.0
// Vendors' accounts are kept clean, and nothing is lost by it (docs/onboarding.md "Sweeps").
#include "cloud/onboarding/sweep.hpp"

#include "cloud/onboarding/offboard.hpp"
#include "unit/cloud/jitp_fixture.hpp"

namespace xl::cloud::onboarding {
namespace {

using namespace std::chrono_literals;
namespace provisioning = cloud::provisioning;
using provisioning::kCa;
using provisioning::kFirst;
using provisioning::kNow;
using provisioning::kSecond;

constexpr SweepTimes kTimes{.stale = 90h, .moved = 10h};

class Sweep : public provisioning::Jitp {
 protected:
  void SetUp() override {
    Jitp::SetUp();
    connect(vendor_);
  }
  Settings settings() const {
    Settings out;
    out.read_certificate = [](std::string_view) -> Result<DeviceCertificate> { return device(); };
    out.session_of = [this](std::string_view account, std::string_view client) {
      return account == vendor_.id && client == connected_ ? "session" : "";
    };
    return out;
  }
  /// As the gateway does it.
  Result<provisioning::Principal> connect(const Account& account, const DeviceCertificate& presented = device()) {
    Result<provisioning::Principal> out = fail(Error::internal("not run"));
    (void)store_->write([&](Registry& registry) -> Status {
      XL_TRY(const auto waking, provisioning::waking_ca(registry, account, presented.id));
      out = provisioning::provision_just_in_time(registry, account, presented, waking.value_or(ca(account)), kNow);
      if (!out) return fail(out.error());
      return out->refused ? Status() : note_visit(registry, settings(), account, presented.id, kNow);
    });
    return out;
  }
  void pass(std::chrono::milliseconds time) {
    write([&](Registry& registry) { return registry.claims().add_run_time(time.count()); });
  }
  std::vector<StagedRegistration> unseen(const std::string& after = "", std::size_t limit = 100) {
    return onboarding::unseen(*view_, kTimes, after, limit).value_or(std::vector<StagedRegistration>{});
  }
  std::size_t swept(const std::vector<StagedRegistration>& candidates) {
    std::size_t count = 0;
    write([&](Registry& registry) -> Status {
      XL_TRY(count, sweep(registry, settings(), kTimes, candidates, kNow));
      return {};
    });
    return count;
  }
  std::size_t swept() { return swept(unseen()); }
  bool has_thing() const { return view_->things().find(vendor_.id, "4a01").has_value(); }
  CertificateStatus status() const { return view_->certificates().find(vendor_.id, kFirst)->status; }

  std::string connected_;
};

TEST_F(Sweep, AModuleThatNobodyHasSeenForLongIsPutAwayAndComesBackAsItWas) {
  const auto before = view_->policies().attached_to(vendor_.id, kFirst);
  pass(90h);
  EXPECT_EQ(swept(), 0U) << "not a moment too early";
  pass(1ms);
  EXPECT_EQ(swept(), 1U);
  EXPECT_FALSE(has_thing());
  EXPECT_EQ(status(), CertificateStatus::dormant);
  EXPECT_EQ(*view_->sightings().count_dormant(), 1);
  EXPECT_EQ(custody().status, CustodyStatus::free);
  EXPECT_EQ(custody().epoch, 1) << "custody is not touched";
  EXPECT_EQ(swept(), 0U) << "done once";

  const auto principal = connect(vendor_);
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_EQ(principal->thing_name, "4a01");
  EXPECT_EQ(view_->things().find(vendor_.id, "4a01")->attributes,
            (std::map<std::string, std::string>{{"model", "A-1"}}));
  EXPECT_EQ(status(), CertificateStatus::active);
  EXPECT_EQ(view_->policies().attached_to(vendor_.id, kFirst)->front().name, before->front().name);
  EXPECT_EQ(custody().epoch, 1);
  EXPECT_EQ(*view_->sightings().count_dormant(), 0);
}

TEST_F(Sweep, AVisitStartsTheTimeAnewAndAConnectedModuleIsSeen) {
  pass(80h);
  ASSERT_TRUE(admit(vendor_)->sighting_due);
  write([&](Registry& registry) { return provisioning::note_sighting(registry, vendor_, kFirst); });
  EXPECT_FALSE(admit(vendor_)->sighting_due) << "once a day is enough";
  pass(80h);
  EXPECT_EQ(swept(), 0U);
  pass(20h);
  connected_ = "4a01";
  EXPECT_EQ(swept(), 0U);
  connected_.clear();
  pass(80h);
  EXPECT_EQ(swept(), 0U) << "it was connected when the last sweep came by";
  pass(11h);
  EXPECT_EQ(swept(), 1U);
}

TEST_F(Sweep, AModuleThatACustomerOwnsLeavesItsVendorsThingsSoonAndIsAGuestWhenItComesBack) {
  set_custody(CustodyStatus::owned, oem_.id);
  pass(11h);
  EXPECT_EQ(swept(), 1U);
  EXPECT_FALSE(has_thing());
  change_ca(vendor_, [](CaCertificate& ca) { ca.auto_registration = false; });
  const auto guest = connect(vendor_);
  ASSERT_TRUE(guest) << guest.error().detail;
  EXPECT_TRUE(guest->guest);
  EXPECT_EQ(custody().status, CustodyStatus::owned_reset);
  EXPECT_FALSE(has_thing());

  set_custody(CustodyStatus::free);  // its owner has offboarded it
  ASSERT_TRUE(connect(vendor_));
  EXPECT_TRUE(has_thing());
}

TEST_F(Sweep, AGuestNeedsNoCaAndNobodyElseComesInWithoutOne) {
  pass(91h);
  ASSERT_EQ(swept(), 1U);
  write([&](Registry& registry) { return registry.ca_certificates().remove(vendor_.id, kCa); });
  EXPECT_TRUE(provisioning::has(refusal(connect(vendor_)), "not registered"));
  set_custody(CustodyStatus::owned, oem_.id);
  EXPECT_TRUE(connect(vendor_)->guest);
}

TEST_F(Sweep, WhatCustodyHoldsIsLeftAlone) {
  for (const CustodyStatus held : {CustodyStatus::reserved, CustodyStatus::revoked}) {
    set_custody(held, held == CustodyStatus::reserved ? std::optional(oem_.id) : std::nullopt);
    pass(200h);
    EXPECT_EQ(swept(), 0U);
    EXPECT_TRUE(has_thing());
  }
}

TEST_F(Sweep, WhatTheTemplateWouldNotMakeAgainIsLeftAlone) {
  pass(200h);
  const auto leaves = [&](const char* what, const RegistryStore::Work& change, const RegistryStore::Work& back) {
    write(change);
    EXPECT_EQ(swept(), 0U) << what;
    write(back);
  };
  const auto label = [&](std::map<std::string, std::string> attributes) {
    return [this, attributes](Registry& registry) -> Status {
      XL_TRY(Thing thing, registry.things().find(vendor_.id, "4a01"));
      thing.attributes = attributes;
      return registry.things().update(thing);
    };
  };
  leaves("an operator's attribute", label({{"model", "A-1"}, {"shelf", "7"}}), label({{"model", "A-1"}}));
  leaves(
      "an operator's policy",
      [&](Registry& registry) -> Status {
        Policy policy;
        policy.account_id = vendor_.id;
        policy.name = "more";
        policy.document = R"({"Version":"2012-10-17","Statement":[]})";
        XL_CHECK(registry.policies().insert(policy));
        return registry.policies().attach(vendor_.id, "more", kFirst);
      },
      [&](Registry& registry) { return registry.policies().detach(vendor_.id, "more", kFirst); });
  leaves(
      "a template that is gone",
      [&](Registry& registry) -> Status {
        CaCertificate changed = ca(vendor_);
        changed.template_body.clear();
        return registry.ca_certificates().update(changed);
      },
      [&](Registry& registry) { return registry.ca_certificates().update(ca(vendor_)); });
  leaves(
      "a certificate that is switched off",
      [&](Registry& registry) {
        return registry.certificates().set_status(vendor_.id, kFirst, CertificateStatus::inactive, kNow);
      },
      [&](Registry& registry) {
        return registry.certificates().set_status(vendor_.id, kFirst, CertificateStatus::active, kNow);
      });
  EXPECT_EQ(swept(), 1U) << "and nothing else stands in the way";
}

TEST_F(Sweep, AThingWhoseTypeIsDeprecatedByNowIsLeftAlone) {
  std::string with_type = provisioning::kTemplate;
  with_type.insert(with_type.find("\"AttributePayload\""), "\"ThingTypeName\":\"lamp\",");
  change_ca(vendor_, [&](CaCertificate& ca) { ca.template_body = with_type; });
  ThingType lamp;
  lamp.account_id = vendor_.id;
  lamp.name = "lamp";
  lamp.id = "id";
  write([&](Registry& registry) -> Status {
    XL_CHECK(registry.thing_types().insert(lamp));
    XL_TRY(Thing thing, registry.things().find(vendor_.id, "4a01"));
    thing.type_name = "lamp";
    return registry.things().update(thing);
  });
  pass(91h);
  lamp.deprecated = kNow;
  write([&](Registry& registry) { return registry.thing_types().update(lamp); });
  EXPECT_EQ(swept(), 0U) << "nobody could make it again";
  EXPECT_EQ(status(), CertificateStatus::active);
  EXPECT_TRUE(has_thing()) << "what was tried is undone";
  lamp.deprecated.reset();
  write([&](Registry& registry) { return registry.thing_types().update(lamp); });
  EXPECT_EQ(swept(), 1U);
}

TEST_F(Sweep, WhoSwitchesItOnOrOffMeansTheModuleAsItWas) {
  for (const CertificateStatus wanted : {CertificateStatus::active, CertificateStatus::inactive}) {
    pass(91h);
    ASSERT_EQ(swept(), 1U);
    write([&](Registry& registry) { return provisioning::wake(registry, vendor_, device(), wanted, kNow); });
    EXPECT_EQ(status(), wanted);
    EXPECT_TRUE(has_thing());
    EXPECT_EQ(view_->policies().attached_to(vendor_.id, kFirst)->size(), 1U);
    EXPECT_EQ(custody().epoch, 1);
  }
  EXPECT_TRUE(provisioning::has(refusal(connect(vendor_)), "INACTIVE"));
}

TEST_F(Sweep, ANameIsNotFreeWhileItsModuleIsAway) {
  pass(91h);
  ASSERT_EQ(swept(), 1U);
  const auto impostor = connect(vendor_, device(kSecond));
  ASSERT_TRUE(impostor) << impostor.error().detail;
  ASSERT_TRUE(impostor->refused);
  EXPECT_TRUE(provisioning::has(*impostor->refused, "duplicate_uid")) << *impostor->refused;
  const auto genuine = connect(vendor_);
  ASSERT_TRUE(genuine);
  EXPECT_FALSE(genuine->refused);
}

TEST_F(Sweep, ItCanBeRevokedAndGivenUpWhileItIsAway) {
  pass(91h);
  ASSERT_EQ(swept(), 1U);
  write([&](Registry& registry) {
    return registry.certificates().set_status(vendor_.id, kFirst, CertificateStatus::revoked, kNow);
  });
  EXPECT_TRUE(provisioning::has(refusal(connect(vendor_)), "REVOKED"));
  write([&](Registry& registry) { return withdraw(registry, vendor_, kFirst, kNow); });
  EXPECT_FALSE(view_->certificates().find(vendor_.id, kFirst));
}

TEST_F(Sweep, LotsGoOnWhereTheLastOneEnded) {
  ASSERT_TRUE(connect(vendor_, device(kSecond, "4a02")));
  pass(91h);
  ASSERT_EQ(unseen("", 1).size(), 1U);
  EXPECT_EQ(unseen("", 1).front().certificate_id, kFirst);
  EXPECT_EQ(unseen(kFirst, 1).front().certificate_id, kSecond);
  EXPECT_TRUE(unseen(kSecond, 1).empty());
}

TEST_F(Sweep, WhoComesWhileTheSweepIsUnderWayIsNotPutAway) {
  pass(91h);
  const auto found = unseen();
  ASSERT_EQ(found.size(), 1U);
  write([&](Registry& registry) { return provisioning::note_sighting(registry, vendor_, kFirst); });
  EXPECT_EQ(swept(found), 0U);
  pass(91h);
  set_custody(CustodyStatus::reserved, oem_.id);
  EXPECT_EQ(swept(found), 0U) << "claimed meanwhile";
  EXPECT_TRUE(has_thing());
}

}  // namespace
}  // namespace xl::cloud::onboarding
