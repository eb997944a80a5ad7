// SPDX-License-Identifier: Apache-2.0
// RegisterThing of a fleet's devices, and the tokens that say whose a certificate is.
#include "cloud/provisioning/fleet.hpp"

#include "cloud/policy/policy.hpp"
#include "cloud/provisioning/ownership.hpp"
#include "crypto/random.hpp"
#include "unit/cloud/jitp_fixture.hpp"

namespace xl::cloud::provisioning {
namespace {

const std::string kFleet = R"({"Parameters":{"Number":{"Type":"String"},"Colour":{"Type":"String","Default":"red"},
  "AWS::IoT::Certificate::Id":{"Type":"String"}},
 "Mappings":{"Regions":{"red":{"url":"https://red"},"blue":{"url":"https://blue"}}},
 "Resources":{
  "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Join":["-",["lamp",{"Ref":"Number"}]]},
    "AttributePayload":{"colour":{"Ref":"Colour"}}},"OverrideSettings":{"AttributePayload":"FAIL"}},
  "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"Active"}},
  "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":
    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}}}},
 "DeviceConfiguration":{"url":{"Fn::FindInMap":["Regions",{"Ref":"Colour"},"url"]},"interval":"60"}})";

class Fleet : public Jitp {
 protected:
  void SetUp() override {
    Jitp::SetUp();
    write([this](Registry& registry) -> Status {
      XL_CHECK(registry.templates().insert(named("lamps", kFleet)));
      for (const std::string& id : {kFirst, kSecond}) {
        Certificate made;
        made.account_id = oem_.id;
        made.id = id;
        made.pem = "PEM";
        made.status = CertificateStatus::pending_activation;
        made.created = kNow;
        made.not_after = kNow + std::chrono::hours(24);
        XL_CHECK(registry.certificates().insert(made));
      }
      return {};
    });
  }
  ProvisioningTemplate named(const std::string& name, const std::string& body) const {
    return {oem_.id, name, TemplateType::fleet_provisioning, body, "", "", true, 1, kNow, kNow};
  }
  using Parameters = std::map<std::string, std::string>;
  Result<Provisioned> provision(const Parameters& parameters, const std::string& id = kFirst,
                                const std::string& name = "lamps") {
    Result<Provisioned> out = fail(Error::internal("not run"));
    (void)store_->write([&](Registry& registry) -> Status {
      out = provision_by_claim(registry, oem_, name, id, parameters, kNow);
      if (!out) return fail(out.error());
      return {};
    });
    return out;
  }
  Errc refused(const Parameters& parameters, const std::string& id = kFirst, const std::string& name = "lamps") {
    const auto out = provision(parameters, id, name);
    EXPECT_FALSE(out);
    EXPECT_FALSE(view_->things().find(oem_.id, "lamp-8"));
    return out ? Errc::internal : out.error().code;
  }
  CertificateStatus status_of(const std::string& id) {
    return view_->certificates().find(oem_.id, id).value_or(Certificate{}).status;
  }
};

TEST_F(Fleet, ADeviceBecomesAThingByTheTemplate) {
  const auto done = provision({{"Number", "7"}, {"Colour", "blue"}});
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->thing_name, "lamp-7");
  EXPECT_EQ(done->device_configuration, (Parameters{{"url", "https://blue"}, {"interval", "60"}}));
  EXPECT_EQ(status_of(kFirst), CertificateStatus::active);
  EXPECT_EQ(view_->things().find(oem_.id, "lamp-7")->attributes.at("colour"), "blue");
  const auto principal = admit(oem_);
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_EQ(principal->thing_name, "lamp-7");
  EXPECT_EQ(principal->policies.size(), 1u);
}

TEST_F(Fleet, ATokenIsSpentOnce) {
  ASSERT_TRUE(provision({{"Number", "7"}}));
  EXPECT_EQ(refused({{"Number", "8"}}), Errc::conflict);
  EXPECT_EQ(refused({{"Number", "8"}}, std::string(64, 'e')), Errc::conflict);
}

TEST_F(Fleet, WhatIsRefusedLeavesTheCertificateAsItWas) {
  EXPECT_EQ(refused({}), Errc::invalid_argument);
  EXPECT_EQ(refused({{"Number", "8"}, {"Colour", "green"}}), Errc::invalid_argument);
  EXPECT_EQ(refused({{"Number", "8"}}, kFirst, "none"), Errc::not_found);
  ASSERT_TRUE(provision({{"Number", "7"}}, kSecond));
  EXPECT_EQ(provision({{"Number", "7"}}).error().code, Errc::forbidden);  // OverrideSettings say FAIL
  EXPECT_EQ(view_->things().principals_of(oem_.id, "lamp-7"), std::vector<std::string>{kSecond});
  EXPECT_EQ(status_of(kFirst), CertificateStatus::pending_activation);
}

TEST_F(Fleet, TheTemplateMustBeAnEnabledOneForFleets) {
  write([this](Registry& registry) -> Status {
    auto off = named("off", kFleet), jitp = named("jitp", kFleet);
    off.enabled = false;
    jitp.type = TemplateType::jitp;
    XL_CHECK(registry.templates().insert(off));
    return registry.templates().insert(jitp);
  });
  EXPECT_EQ(refused({{"Number", "8"}}, kFirst, "off"), Errc::forbidden);
  EXPECT_EQ(refused({{"Number", "8"}}, kFirst, "jitp"), Errc::forbidden);
}

TEST_F(Fleet, ADeviceDoesNotChooseTheCertificate) {
  ASSERT_TRUE(provision({{"Number", "7"}, {"AWS::IoT::Certificate::Id", kSecond}}));
  EXPECT_EQ(status_of(kFirst), CertificateStatus::active);
  EXPECT_EQ(status_of(kSecond), CertificateStatus::pending_activation);
  std::string body = kFleet;
  body.replace(body.find(R"({"Ref":"AWS::IoT::Certificate::Id"})"), 35, R"({"Ref":"Number"})");
  write([&](Registry& registry) { return registry.templates().insert(named("loose", body)); });
  EXPECT_EQ(provision({{"Number", kFirst}}, kSecond, "loose").error().code, Errc::forbidden);
}

TEST_F(Fleet, ACertificateThatNobodyActivatesGoesWithItsToken) {
  const auto sweep = [this](UnixMillis now) {
    write([&](Registry& registry) { return registry.certificates().remove_claims_that_ended(now); });
  };
  ASSERT_TRUE(provision({{"Number", "7"}}));
  sweep(kNow + kOwnershipTokenLifetime);
  EXPECT_TRUE(view_->certificates().find(oem_.id, kSecond));
  sweep(kNow + kOwnershipTokenLifetime + std::chrono::milliseconds(1));
  EXPECT_FALSE(view_->certificates().find(oem_.id, kSecond));
  EXPECT_TRUE(view_->certificates().find(oem_.id, kFirst));
}

TEST_F(Fleet, WhatAwaitsActivationByTheAccountIsNotSwept) {
  change_ca(oem_, [](CaCertificate& ca) { ca.template_body.clear(); });
  const std::string id(64, 'e');
  ASSERT_TRUE(Jitp::provision(oem_, device(id)));
  write([](Registry& registry) {
    return registry.certificates().remove_claims_that_ended(kNow + std::chrono::years(1));
  });
  EXPECT_TRUE(view_->certificates().find(oem_.id, id));
}

TEST_F(Fleet, AProvisioningClaimMayAskForACertificateAndRegisterByItsTemplate) {
  write([this](Registry& registry) {
    Certificate claim;
    claim.account_id = oem_.id;
    claim.id = std::string(64, 'd');
    claim.status = CertificateStatus::active;
    claim.claim_template = "lamps";
    claim.not_after = kNow + std::chrono::minutes(5);
    return registry.certificates().insert(claim);
  });
  const auto principal = admit(oem_, std::string(64, 'd'));
  ASSERT_TRUE(principal) << principal.error().detail;
  ASSERT_EQ(principal->policies.size(), 1u);
  policy::PolicySet set;
  set.add(policy::Document::parse("claim", principal->policies[0].document).value());
  const auto may = [&](const std::string& action, const std::string& resource) {
    const std::string arn = "arn:aws:iot:us-east-1:" + oem_.id + ":" + resource;
    return set.evaluate({"iot:" + action, arn}, [](std::string_view) { return std::nullopt; }).allowed();
  };
  EXPECT_TRUE(may("Connect", "client/any"));
  for (const std::string topic : {"certificates/create/json", "certificates/create-from-csr/json",
                                  "provisioning-templates/lamps/provision/json"}) {
    EXPECT_TRUE(may("Publish", "topic/$aws/" + topic));
    EXPECT_TRUE(may("Receive", "topic/$aws/" + topic + "/accepted"));
    EXPECT_TRUE(may("Subscribe", "topicfilter/$aws/" + topic + "/rejected"));
  }
  EXPECT_FALSE(may("Publish", "topic/$aws/provisioning-templates/other/provision/json"));
  EXPECT_FALSE(may("Publish", "topic/a"));
  EXPECT_FALSE(may("Subscribe", "topicfilter/#"));
}

TEST(OwnershipToken, IsGoodForItsHolderUntilItExpires) {
  crypto::AeadKey key, other_key;
  crypto::random_bytes(key);
  crypto::random_bytes(other_key);
  const TokenHolder holder{"111111111111", "a claim"};
  const std::string token = issue_ownership_token(key, holder, kFirst, kNow);
  const auto just_before = kNow - std::chrono::milliseconds(1);
  EXPECT_EQ(read_ownership_token(key, holder, token, just_before).value_or(""), kFirst);
  const auto refusal = [&](const TokenHolder& by, const std::string& shown, UnixMillis now,
                           const crypto::AeadKey& with) {
    const auto read = read_ownership_token(with, by, shown, now);
    return read ? std::string("accepted") : read.error().code == Errc::conflict ? read.error().detail : "?";
  };
  EXPECT_TRUE(has(refusal(holder, token, kNow, key), "expired"));
  EXPECT_TRUE(has(refusal(holder, "", just_before, key), "missing"));
  EXPECT_TRUE(has(refusal({"111111111111", "another claim"}, token, just_before, key), "not one that was given"));
  EXPECT_TRUE(has(refusal({"222222222222", "a claim"}, token, just_before, key), "not one that was given"));
  EXPECT_TRUE(has(refusal(holder, token, just_before, other_key), "not one that was given"));
  EXPECT_TRUE(has(refusal(holder, "not base64!", just_before, key), "not one that was given"));
  EXPECT_TRUE(has(refusal(holder, token.substr(4), just_before, key), "not one that was given"));
}

}  // namespace
}  // namespace xl::cloud::provisioning
