// SPDX-License-Identifier: Apache-2.0
// Just-in-time provisioning and admission over a real registry, row by row of the custody table.
#include "cloud/provisioning/jitp.hpp"

#include <map>

#include "cloud/policy/policy.hpp"
#include "unit/cloud/jitp_fixture.hpp"

namespace xl::cloud::provisioning {
namespace {

TEST_F(Jitp, ANewModuleBecomesAThingWithACertificateAPolicyAndCustody) {
  const auto principal = provision(vendor_);
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_EQ(principal->thing_name, "4a01");
  EXPECT_EQ(principal->certificate_id, kFirst);
  EXPECT_EQ(principal->policies.size(), 1u);
  EXPECT_FALSE(principal->guest);
  EXPECT_FALSE(principal->refused);
  const auto certificate = view_->certificates().find(vendor_.id, kFirst);
  EXPECT_EQ(certificate->status, CertificateStatus::active);
  EXPECT_EQ(certificate->mode, CertificateMode::sni_only);
  EXPECT_EQ(certificate->ca_certificate_id, kCa);
  EXPECT_EQ(view_->things().find(vendor_.id, "4a01")->attributes.at("model"), "A-1");
  EXPECT_EQ(custody().status, CustodyStatus::free);
  EXPECT_EQ(custody().vendor_account, vendor_.id);
  EXPECT_EQ(custody().thing_name, "4a01");
}

TEST_F(Jitp, TheGatewayIsToldWhatTheRegistryHolds) {
  change_ca(vendor_, [](CaCertificate& ca) {
    const std::string policy = R"({"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"shared"}})";
    ca.template_body.insert(ca.template_body.rfind("}}"), R"(,"b":)" + policy + R"(,"a":)" + policy);
  });
  write([this](Registry& registry) {
    return registry.policies().insert({vendor_.id, "shared", R"({"Statement":[]})", "1", kNow, kNow});
  });
  const auto told = provision(vendor_), held = admit(vendor_);
  ASSERT_TRUE(told) << told.error().detail;
  ASSERT_TRUE(held) << held.error().detail;
  EXPECT_EQ(told->account_id, held->account_id);
  EXPECT_EQ(told->certificate_id, held->certificate_id);
  EXPECT_EQ(told->thing_name, held->thing_name);
  EXPECT_EQ(told->valid_from, held->valid_from);
  EXPECT_EQ(told->valid_until, held->valid_until);
  EXPECT_EQ(told->guest, held->guest);
  ASSERT_EQ(told->policies.size(), 2u);
  ASSERT_EQ(held->policies.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(told->policies[i].name, held->policies[i].name);
    EXPECT_EQ(told->policies[i].document, held->policies[i].document);
  }
}

TEST_F(Jitp, TwiceIsTheSameAsOnce) {
  const auto once = provision(vendor_), twice = provision(vendor_);
  ASSERT_TRUE(twice) << twice.error().detail;
  EXPECT_EQ(once->thing_name, twice->thing_name);
  EXPECT_EQ(once->policies.at(0).name, twice->policies.at(0).name);
  EXPECT_EQ(view_->policies().list(vendor_.id, {})->items.size(), 1u);
  EXPECT_EQ(custody().epoch, 1);
}

TEST_F(Jitp, ModulesOfOneTemplateShareOnePolicy) {
  ASSERT_TRUE(provision(vendor_, device(kFirst, "4a01")));
  ASSERT_TRUE(provision(vendor_, device(kSecond, "4a02")));
  EXPECT_EQ(view_->policies().list(vendor_.id, {})->items.size(), 1u);
  EXPECT_EQ(view_->things().list(vendor_.id, {})->items.size(), 2u);
}

TEST_F(Jitp, AMissingSubjectAttributeLeavesNothingBehind) {
  DeviceCertificate nameless = device();
  nameless.subject = {{"O", "Vendor"}};
  const auto refused = provision(vendor_, nameless);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_TRUE(has(refused.error().detail, "AWS::IoT::Certificate::SerialNumber")) << refused.error().detail;
  EXPECT_FALSE(view_->certificates().find(vendor_.id, kFirst));
  EXPECT_FALSE(view_->custody().find(kFirst));
}

TEST_F(Jitp, APolicyThatDoesNotExistLeavesNothingBehind) {
  change_ca(vendor_, [](CaCertificate& ca) {
    ca.template_body = R"({"Resources":{"t":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"lamp"}},
      "p":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"absent"}}}})";
  });
  EXPECT_TRUE(has(refusal(provision(vendor_)), "policy absent"));
  EXPECT_FALSE(view_->things().find(vendor_.id, "lamp"));
}

TEST_F(Jitp, TheTemplateMayBeNamedAndMustBeAnEnabledJitpTemplate) {
  const auto name_template = [&](const std::string& name, TemplateType type, bool enabled) {
    write([&](Registry& registry) {
      return registry.templates().insert({vendor_.id, name, type, kTemplate, "", "", enabled, 1, kNow, kNow});
    });
    change_ca(vendor_, [&](CaCertificate& ca) {
      ca.template_body.clear();
      ca.template_name = name;
    });
  };
  name_template("off", TemplateType::jitp, false);
  EXPECT_TRUE(has(refusal(provision(vendor_)), "off is disabled"));
  name_template("fleet", TemplateType::fleet_provisioning, true);
  EXPECT_TRUE(has(refusal(provision(vendor_)), "not of type JITP"));
  name_template("birth", TemplateType::jitp, true);
  EXPECT_TRUE(provision(vendor_));
}

TEST_F(Jitp, TheCaIsLookedAtAgainInsideTheTransaction) {
  change_ca(vendor_, [](CaCertificate& ca) { ca.auto_registration = false; });
  EXPECT_TRUE(has(refusal(provision(vendor_)), "auto-registration is off"));
  change_ca(vendor_, [](CaCertificate& ca) { ca.status = CaStatus::inactive; });
  EXPECT_TRUE(has(refusal(provision(vendor_)), "INACTIVE"));
}

TEST_F(Jitp, ASecondCertificateWithTheSameUidIsKeptPendingAndRefused) {
  ASSERT_TRUE(provision(vendor_, device(kFirst)));
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto clone = provision(vendor_, device(kSecond));
    ASSERT_TRUE(clone) << clone.error().detail;
    ASSERT_TRUE(clone->refused);
    EXPECT_TRUE(clone->refused->starts_with("duplicate_uid")) << *clone->refused;
    EXPECT_TRUE(has(*clone->refused, kFirst.substr(0, 12)) && has(*clone->refused, kSecond.substr(0, 12)));
    EXPECT_TRUE(clone->policies.empty()) << "a gateway that overlooks the refusal must not let it in";
  }
  EXPECT_EQ(view_->certificates().find(vendor_.id, kSecond)->status, CertificateStatus::pending_activation);
  EXPECT_TRUE(view_->things().things_of(vendor_.id, kSecond)->empty());
  EXPECT_FALSE(view_->custody().find(kSecond));
  EXPECT_EQ(view_->findings().list(vendor_.id, false, {})->items.at(0).kind, FindingKind::duplicate_uid);
  EXPECT_TRUE(has(refusal(admit(vendor_, kSecond)), "PENDING_ACTIVATION"));
  EXPECT_TRUE(admit(vendor_, kFirst)) << "the first one is not harmed";
}

/// The same certificate with a rewritten signature: another fingerprint, the same key.
TEST_F(Jitp, AnotherCertificateOfAKeyInCustodyGoesToTheOwnerOnly) {
  DeviceCertificate copy = device(kSecond, "4a02");
  copy.public_key = device(kFirst).public_key;
  const auto is_refused = [&](const Account& account) {
    const auto principal = provision(account, copy);
    return principal && principal->refused && principal->refused->starts_with("duplicate_key");
  };
  ASSERT_TRUE(provision(vendor_, device(kFirst)));
  EXPECT_TRUE(is_refused(oem_)) << "free at its vendor's, under its own certificate";
  EXPECT_TRUE(is_refused(vendor_));
  set_custody(CustodyStatus::owned, oem_.id);
  EXPECT_TRUE(is_refused(other_));
  const auto found = view_->findings().list(vendor_.id, false, {});
  ASSERT_EQ(found->items.size(), 1u);
  EXPECT_EQ(found->items[0].kind, FindingKind::duplicate_key);
  EXPECT_EQ(found->items[0].subject, kFirst) << "the vendor's module it is about";
  EXPECT_EQ(found->items[0].count, 3);
  EXPECT_FALSE(view_->certificates().find(other_.id, kSecond));
  EXPECT_TRUE(provision(oem_, copy)) << "an owner may renew";
  EXPECT_TRUE(has(refusal(provision(other_, copy)), "belongs to another account"));
}

TEST_F(Jitp, AnExistingThingWithoutCertificateIsTakenOver) {
  const auto pre_create = [&](const std::string& settings) {
    change_ca(vendor_, [&](CaCertificate& ca) {
      ca.template_body = R"({"Resources":{"t":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"lamp",)"
                         R"("AttributePayload":{"a":"new"}},"OverrideSettings":{"AttributePayload":")" +
                         settings + "\"}}}}";
    });
  };
  write([&](Registry& registry) {
    return registry.things().insert({vendor_.id, "lamp", "id", {{"a", "old"}, {"b", "old"}}, 1, kNow});
  });
  pre_create("FAIL");
  EXPECT_TRUE(has(refusal(provision(vendor_)), "FAIL"));
  pre_create("MERGE");
  ASSERT_TRUE(provision(vendor_));
  EXPECT_EQ(view_->things().find(vendor_.id, "lamp")->attributes,
            (std::map<std::string, std::string>{{"a", "new"}, {"b", "old"}}));
  EXPECT_EQ(*view_->things().principals_of(vendor_.id, "lamp"), std::vector{kFirst});
}

TEST_F(Jitp, ATemplateThatSaysInactiveRegistersAndRefuses) {
  change_ca(vendor_, [](CaCertificate& ca) {
    const std::size_t at = ca.template_body.find("\"ACTIVE\"");
    ca.template_body.replace(at, 8, "\"INACTIVE\"");
  });
  const auto principal = provision(vendor_);
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_TRUE(principal->refused);
  EXPECT_TRUE(principal->policies.empty());
  EXPECT_TRUE(has(refusal(admit(vendor_)), "INACTIVE"));
  write([&](Registry& registry) {
    return registry.certificates().set_status(vendor_.id, kFirst, CertificateStatus::active, kNow);
  });
  EXPECT_TRUE(admit(vendor_)) << "the operator's activation is enough";
}

TEST_F(Jitp, AnExpiredCertificateIsNotRegistered) {
  DeviceCertificate old = device();
  old.not_after = kNow - std::chrono::seconds(1);
  EXPECT_TRUE(has(refusal(provision(vendor_, old)), "expired"));
  EXPECT_FALSE(view_->certificates().find(vendor_.id, kFirst));
}

TEST_F(Jitp, ACustomersFirstRegistrationOwnsTheModuleAndRemembersItsVendor) {
  ASSERT_TRUE(provision(oem_));
  EXPECT_EQ(custody().status, CustodyStatus::owned);
  EXPECT_EQ(custody().owner_account, oem_.id);
  EXPECT_EQ(custody().vendor_account, vendor_.id) << "the staging account with the same CA";
}

TEST_F(Jitp, AFreeModuleGoesToTheFirstCustomerThatRegistersIt) {
  ASSERT_TRUE(provision(vendor_));
  ASSERT_TRUE(provision(oem_));
  EXPECT_EQ(custody().status, CustodyStatus::owned);
  EXPECT_EQ(custody().owner_account, oem_.id);
  EXPECT_TRUE(has(refusal(provision(other_)), "belongs to another account"));
  EXPECT_FALSE(view_->certificates().find(other_.id, kFirst));
  EXPECT_EQ(view_->custody().history(kFirst)->size(), 2u);
}

TEST_F(Jitp, AReservedModuleGoesOnlyToTheReservingAccount) {
  set_custody(CustodyStatus::reserved, oem_.id);
  EXPECT_TRUE(has(refusal(provision(other_)), "reserved"));
  ASSERT_TRUE(provision(vendor_)) << "staging goes on as before";
  EXPECT_EQ(custody().status, CustodyStatus::reserved);
  ASSERT_TRUE(provision(oem_));
  EXPECT_EQ(custody().status, CustodyStatus::owned);
  EXPECT_EQ(custody().owner_account, oem_.id);
}

TEST_F(Jitp, AnOwnedModuleVisitsStagingAsAGuest) {
  ASSERT_TRUE(provision(vendor_));
  set_custody(CustodyStatus::owned, oem_.id);
  const auto visit = admit(vendor_);
  ASSERT_TRUE(visit) << visit.error().detail;
  EXPECT_TRUE(visit->guest);
  EXPECT_TRUE(visit->custody_change_needed);
  for (int i = 0; i < 2; ++i) write([&](Registry& registry) { return note_guest(registry, kFirst, kNow); });
  EXPECT_EQ(custody().status, CustodyStatus::owned_reset);
  EXPECT_EQ(custody().owner_account, oem_.id);
  EXPECT_EQ(custody().epoch, 3);
  const auto again = admit(vendor_);
  EXPECT_TRUE(again->guest);
  EXPECT_FALSE(again->custody_change_needed);
}

TEST_F(Jitp, AGuestThatStagingHasForgottenGetsTheGuestPolicyAndNoRegistration) {
  set_custody(CustodyStatus::owned, oem_.id);
  const auto guest = provision(vendor_);
  ASSERT_TRUE(guest) << guest.error().detail;
  EXPECT_TRUE(guest->guest);
  EXPECT_EQ(guest->thing_name, "4a01");
  EXPECT_EQ(custody().status, CustodyStatus::owned_reset);
  EXPECT_FALSE(view_->certificates().find(vendor_.id, kFirst)) << "no template run";
  policy::PolicySet policies;
  for (const Policy& each : guest->policies) policies.add(*policy::Document::parse(each.name, each.document));
  const auto may = [&](const std::string& action, const std::string& resource) {
    return policies.evaluate({action, "arn:aws:iot:us-east-1:" + vendor_.id + ":" + resource}, {}).allowed();
  };
  EXPECT_TRUE(may("iot:Connect", "client/4a01"));
  EXPECT_TRUE(may("iot:Subscribe", "topicfilter/4a01/expresslink_config"));
  EXPECT_TRUE(may("iot:Receive", "topic/4a01/expresslink_config"));
  EXPECT_TRUE(may("iot:Publish", "topic/4a01/quickconnect"));
  EXPECT_FALSE(may("iot:Publish", "topic/4a01/expresslink_config"));
  EXPECT_FALSE(may("iot:Subscribe", "topicfilter/#"));
  EXPECT_FALSE(may("iot:Subscribe", "topicfilter/4a02/expresslink_config"));
  EXPECT_FALSE(may("iot:Connect", "client/4a02"));
}

TEST_F(Jitp, TheOwnerIsAdmittedAndOtherCustomersAreNot) {
  ASSERT_TRUE(provision(oem_));
  EXPECT_FALSE(admit(oem_)->guest);
  set_custody(CustodyStatus::owned, other_.id);
  EXPECT_TRUE(has(refusal(admit(oem_)), "belongs to another account"));
}

TEST_F(Jitp, ARevokedModuleIsRefusedEverywhere) {
  ASSERT_TRUE(provision(vendor_));
  set_custody(CustodyStatus::revoked);
  EXPECT_TRUE(has(refusal(admit(vendor_)), "revoked"));
  EXPECT_TRUE(has(refusal(provision(vendor_)), "revoked"));
  EXPECT_TRUE(has(refusal(provision(oem_)), "revoked"));
}

TEST_F(Jitp, EveryStatusButActiveIsRefusedWithItsReason) {
  ASSERT_TRUE(provision(vendor_));
  const std::pair<CertificateStatus, const char*> refused[] = {
      {CertificateStatus::inactive, "INACTIVE"},
      {CertificateStatus::revoked, "REVOKED"},
      {CertificateStatus::pending_transfer, "transfer"},
      {CertificateStatus::pending_activation, "PENDING_ACTIVATION"}};
  for (const auto& [status, word] : refused) {
    write([&](Registry& registry) { return registry.certificates().set_status(vendor_.id, kFirst, status, kNow); });
    const std::string reason = refusal(admit(vendor_));
    EXPECT_TRUE(has(reason, word)) << reason;
    EXPECT_TRUE(has(reason, kFirst.substr(0, 12))) << reason;
  }
}

TEST_F(Jitp, ARevokedOrInactiveRegistrationIsNotRevivedByProvisioning) {
  ASSERT_TRUE(provision(vendor_));
  for (const auto status : {CertificateStatus::revoked, CertificateStatus::inactive}) {
    write([&](Registry& registry) { return registry.certificates().set_status(vendor_.id, kFirst, status, kNow); });
    refusal(provision(vendor_));
    EXPECT_EQ(view_->certificates().find(vendor_.id, kFirst)->status, status);
  }
}

TEST_F(Jitp, DatesAreCheckedOnEveryConnect) {
  ASSERT_TRUE(provision(vendor_));
  EXPECT_TRUE(has(refusal(admit(vendor_, kFirst, kNow - std::chrono::hours(25))), "not valid yet"));
  EXPECT_TRUE(has(refusal(admit(vendor_, kFirst, kNow + std::chrono::hours(25))), "expired"));
}

TEST_F(Jitp, AnUnknownCertificateIsNotFoundInThisAccount) {
  ASSERT_TRUE(provision(vendor_));
  const auto elsewhere = admit(oem_);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, Errc::not_found);
}

TEST_F(Jitp, CasAreToldApartByWhatIsMissing) {
  EXPECT_EQ(usable_cas(*view_, vendor_, kIssuer)->size(), 1u);
  EXPECT_TRUE(has(refusal(usable_cas(*view_, vendor_, "nobody")), "not registered"));
  change_ca(vendor_, [](CaCertificate& ca) { ca.auto_registration = false; });
  EXPECT_TRUE(has(refusal(usable_cas(*view_, vendor_, kIssuer)), "auto-registration"));
  change_ca(vendor_, [](CaCertificate& ca) { ca.status = CaStatus::inactive; });
  EXPECT_TRUE(has(refusal(usable_cas(*view_, vendor_, kIssuer)), "INACTIVE"));
}

TEST_F(Jitp, APrincipalOfSeveralThingsHasNoThingName) {
  ASSERT_TRUE(provision(vendor_));
  write([&](Registry& registry) -> Status {
    XL_CHECK(registry.things().insert({vendor_.id, "second", "id", {}, 1, kNow}));
    return registry.things().attach(vendor_.id, "second", kFirst);
  });
  EXPECT_EQ(admit(vendor_)->thing_name, std::nullopt);
}

TEST_F(Jitp, ATemplateMeetsTheLimitsOfTheAccount) {
  write([this](Registry& registry) -> Status {
    for (const std::string group : {"house", "garden"})
      XL_CHECK(registry.thing_groups().insert({vendor_.id, group, "id of " + group, std::nullopt, "", {}, 1, kNow}));
    return registry.policies().insert({vendor_.id, "shared", R"({"Statement":[]})", "1", kNow, kNow});
  });
  change_ca(vendor_, [](CaCertificate& ca) {
    const auto place = ca.template_body.find(R"("AttributePayload")");
    ca.template_body.insert(place, R"("ThingGroups":["house","garden"],)");
    ca.template_body.insert(ca.template_body.rfind("}}"),
                            R"(,"b":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"shared"}})");
  });
  const auto set = [this](limits::Limit limit, std::optional<std::size_t> value) {
    write([&](Registry& registry) { return registry.accounts().set_limit(vendor_.id, limit, value); });
  };
  const std::map<limits::Limit, std::string> reasons{
      {limits::Limit::groups_per_thing, "in 1 thing groups"},
      {limits::Limit::policies_per_certificate, "already has 1 policies"},
      {limits::Limit::attribute_bytes, "longer than 1 bytes"},
      {limits::Limit::policy_characters, "longer than 1 characters"}};
  for (const auto& [limit, reason] : reasons) {
    set(limit, 1);
    EXPECT_TRUE(has(refusal(provision(vendor_)), reason)) << limits::row_of(limit).name;
    EXPECT_FALSE(view_->things().find(vendor_.id, "4a01"));
    set(limit, std::nullopt);
  }
  EXPECT_TRUE(provision(vendor_));
}

TEST_F(Jitp, ATemplateDoesNotPutAThingIntoTwoGroupsOfOneTree) {
  write([this](Registry& registry) -> Status {
    XL_CHECK(registry.thing_groups().insert({vendor_.id, "house", "1", std::nullopt, "", {}, 1, kNow}));
    return registry.thing_groups().insert({vendor_.id, "room", "2", "house", "", {}, 1, kNow});
  });
  change_ca(vendor_, [](CaCertificate& ca) {
    ca.template_body.insert(ca.template_body.find(R"("AttributePayload")"), R"("ThingGroups":["house","room"],)");
  });
  EXPECT_TRUE(has(refusal(provision(vendor_)), "of the same hierarchy already"));
}

}  // namespace
}  // namespace xl::cloud::provisioning
