// SPDX-License-Identifier: Apache-2.0
// A deletion that is refused names what has to go first.
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

const std::string kDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]})";

class Deletion : public ApiTest {
 protected:
  Answer post(const std::string& target, json::object body = {}) { return call("POST", target, body); }

  /// The refusal, and that it says all of this.
  void refuses(const std::string& target, const std::string& exception, const std::vector<std::string>& said) {
    const Answer answer = call("DELETE", target);
    EXPECT_EQ(answer.exception(), exception) << answer.body;
    for (const std::string& part : said)
      EXPECT_NE(answer.message().find(part), std::string::npos) << part << " is not in: " << answer.message();
  }
  void deletes(const std::string& target) {
    const Answer answer = call("DELETE", target);
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
  void add_certificates(int count) {
    write([count](cloud::Registry& registry) -> Status {
      for (int i = 0; i < count; ++i) {
        cloud::Certificate certificate;
        certificate.account_id = kVendor;
        certificate.id = id_of(i);
        XL_CHECK(registry.certificates().insert(certificate));
      }
      return {};
    });
  }
  static std::string id_of(int number) {
    const std::string digits = std::to_string(number);
    return std::string(64 - digits.size(), '0') + digits;
  }
};

TEST_F(Deletion, OfAThingNamesItsCertificates) {
  add_certificates(5);
  post("/things/lamp");
  write([](cloud::Registry& registry) -> Status {
    for (int i = 0; i < 5; ++i) XL_CHECK(registry.things().attach(kVendor, "lamp", id_of(i)));
    return {};
  });
  refuses("/things/lamp", "InvalidRequestException",
          {"still attached", id_of(0) + ", " + id_of(1) + ", " + id_of(2) + " and 2 more", "DetachThingPrincipal"});
}

TEST_F(Deletion, OfACertificateNamesItsStatusThingsAndPoliciesInTurn) {
  const std::string id = add_device("lamp"), path = "/certificates/" + id;
  refuses(path, "CertificateStateException", {"UpdateCertificate"});
  call("PUT", path + "?newStatus=INACTIVE");
  refuses(path, "DeleteConflictException", {"Things must be detached", "thing lamp"});
  write([&](cloud::Registry& registry) { return registry.things().detach(kVendor, "lamp", id); });
  refuses(path, "DeleteConflictException", {"policies must be detached", "policy policy-lamp"});
  write([&](cloud::Registry& registry) { return registry.policies().detach(kVendor, "policy-lamp", id); });
  deletes(path);
}

TEST_F(Deletion, OfAPolicyNamesItsTargetsAndThenItsVersions) {
  constexpr int kMany = 102;
  add_certificates(kMany);
  post("/policies/p", {{"policyDocument", kDocument}});
  post("/policies/p/version?setAsDefault=true", {{"policyDocument", kDocument}});
  post("/policies/p/version", {{"policyDocument", kDocument}});
  post("/thing-groups/g");
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.policies().attach_to_group(kVendor, "p", "g"));
    for (int i = 0; i < kMany; ++i) XL_CHECK(registry.policies().attach(kVendor, "p", id_of(i)));
    return {};
  });
  refuses("/policies/p", "DeleteConflictException",
          {"(name=p): cert/" + id_of(0) + ", ", " and more than 97 others", "DetachPolicy"});
  write([](cloud::Registry& registry) -> Status {
    for (int i = 0; i < kMany; ++i) XL_CHECK(registry.policies().detach(kVendor, "p", id_of(i)));
    return {};
  });
  refuses("/policies/p", "DeleteConflictException", {"(name=p): thinggroup/g. Detach"});
  write([](cloud::Registry& registry) { return registry.policies().detach_from_group(kVendor, "p", "g"); });
  refuses("/policies/p", "DeleteConflictException", {"(name=p): version 1, 3. Delete", "DeletePolicyVersion"});
  refuses("/policies/p/version/2", "DeleteConflictException", {"version 1, 3.", "SetDefaultPolicyVersion"});
  deletes("/policies/p/version/1");
  deletes("/policies/p/version/3");
  refuses("/policies/p/version/2", "DeleteConflictException", {"only one of policy p", "(DeletePolicy)"});
  deletes("/policies/p");
}

TEST_F(Deletion, OfAThingTypeNamesTheWayThere) {
  post("/thing-types/lamps");
  post("/things/lamp", {{"thingTypeName", "lamps"}});
  refuses("/thing-types/lamps", "InvalidRequestException", {"DeprecateThingType"});
  post("/thing-types/lamps/deprecate");
  refuses("/thing-types/lamps", "InvalidRequestException", {"wait for 5 minutes", "until 20", "Z."});
  write([](cloud::Registry& registry) -> Status {
    XL_TRY(cloud::ThingType type, registry.thing_types().find(kVendor, "lamps"));
    type.deprecated = wall_now() - std::chrono::minutes(6);
    return registry.thing_types().update(type);
  });
  refuses("/thing-types/lamps", "InvalidRequestException", {"things still have it: lamp. ", "removeThingType"});
  deletes("/things/lamp");
  deletes("/thing-types/lamps");
}

TEST_F(Deletion, OfAThingGroupNamesItsChildren) {
  post("/thing-groups/house");
  for (const std::string floor : {"a", "b", "c", "d"}) post("/thing-groups/" + floor, {{"parentGroupName", "house"}});
  refuses("/thing-groups/house", "InvalidRequestException", {"child groups", "a, b, c and 1 more"});
  for (const std::string floor : {"a", "b", "c", "d"}) deletes("/thing-groups/" + floor);
  deletes("/thing-groups/house");
}

TEST_F(Deletion, OfACaNamesItsStatusAndOfATemplateItsCas) {
  post("/provisioning-templates",
       {{"templateName", "t"}, {"templateBody", kTemplateBody}, {"provisioningRoleArn", kRole}, {"type", "JITP"}});
  post("/provisioning-templates/t/versions", {{"templateBody", kTemplateBody}});
  const Answer ca =
      post("/cacertificate?setAsActive=true", {{"caCertificate", make_ca().certificate.facts().pem},
                                               {"certificateMode", "SNI_ONLY"},
                                               {"registrationConfig", json::object{{"templateName", "t"}}}});
  const std::string id(ca.json().at("certificateId").as_string());
  refuses("/provisioning-templates/t", "DeleteConflictException",
          {"CA certificate " + id + ". ", "UpdateCACertificate"});
  refuses("/cacertificate/" + id, "CertificateStateException", {"UpdateCACertificate"});
  refuses("/provisioning-templates/t/versions/1", "DeleteConflictException",
          {"version 2.", "UpdateProvisioningTemplate"});
  deletes("/provisioning-templates/t/versions/2");
  refuses("/provisioning-templates/t/versions/1", "DeleteConflictException", {"only one of template t"});
  call("PUT", "/cacertificate/" + id + "?newStatus=INACTIVE");
  deletes("/cacertificate/" + id);
  deletes("/provisioning-templates/t");
}

}  // namespace
}  // namespace xl::api::test
