// SPDX-License-Identifier: Apache-2.0
// Template versions, RegisterThing, tags.
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

class Provisioning : public ApiTest {
 protected:
  Answer create_template(const std::string& name = "t") {
    return call(
        "POST", "/provisioning-templates",
        json::object{
            {"templateName", name}, {"templateBody", kTemplateBody}, {"provisioningRoleArn", kRole}, {"type", "JITP"}});
  }
  Answer create_version(const std::string& query = "") {
    return call("POST", "/provisioning-templates/t/versions" + query, json::object{{"templateBody", kTemplateBody}});
  }
};

TEST_F(Provisioning, ATemplateHasAtMostFiveVersionsOfWhichOneCounts) {
  create_template();
  EXPECT_EQ(create_version().json().at("versionId"), 2);
  EXPECT_EQ(create_version("?setAsDefault=true").json().at("isDefaultVersion"), true);
  EXPECT_EQ(call("GET", "/provisioning-templates/t").json().at("defaultVersionId"), 3);
  create_version();
  create_version();
  EXPECT_EQ(create_version().exception(), "VersionsLimitExceededException");
  EXPECT_EQ(call("GET", "/provisioning-templates/t/versions").json().at("versions").as_array().size(), 5u);
  EXPECT_EQ(call("DELETE", "/provisioning-templates/t/versions/3").exception(), "DeleteConflictException");
  EXPECT_EQ(call("DELETE", "/provisioning-templates/t/versions/5").status, 200);
  EXPECT_EQ(call("DELETE", "/provisioning-templates/t/versions/5").status, 404);
  EXPECT_EQ(create_version().json().at("versionId"), 6);
  EXPECT_EQ(call("GET", "/provisioning-templates/t/versions/1").json().at("templateBody"), kTemplateBody.c_str());
  EXPECT_EQ(call("GET", "/provisioning-templates/t/versions/5").status, 404);
  EXPECT_EQ(call("GET", "/provisioning-templates/t/versions/x").status, 400);
  EXPECT_EQ(call("POST", "/provisioning-templates/t/versions", json::object{{"templateBody", "{}"}}).status, 400);
}

TEST_F(Provisioning, TemplatesAreUpdatedListedAndDeletedUnlessACaNeedsThem) {
  create_template();
  create_version();
  EXPECT_EQ(call("PATCH", "/provisioning-templates/t",
                 json::object{{"enabled", true}, {"description", "new"}, {"defaultVersionId", 2}})
                .status,
            200);
  const auto found = call("GET", "/provisioning-templates/t").json();
  EXPECT_EQ(found.at("enabled"), true);
  EXPECT_EQ(found.at("description"), "new");
  EXPECT_EQ(found.at("defaultVersionId"), 2);
  const Answer unknown =
      call("PATCH", "/provisioning-templates/t", json::object{{"description", "newer"}, {"defaultVersionId", 9}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(call("GET", "/provisioning-templates/t").json().at("description"), "new") << "all or nothing";
  EXPECT_EQ(call("GET", "/provisioning-templates").json().at("templates").as_array().size(), 1u);

  call("POST", "/cacertificate",
       json::object{{"caCertificate", make_ca().certificate.facts().pem},
                    {"certificateMode", "SNI_ONLY"},
                    {"registrationConfig", json::object{{"templateName", "t"}}}});
  EXPECT_EQ(call("DELETE", "/provisioning-templates/t").exception(), "DeleteConflictException");
  create_template("free");
  EXPECT_EQ(call("DELETE", "/provisioning-templates/free").status, 200);
  EXPECT_EQ(call("DELETE", "/provisioning-templates/free").status, 404);
}

TEST_F(Provisioning, AClaimIsACertificateForFiveMinutesThatNoListShows) {
  const auto create = [&](bool enabled, const char* type) {
    call("POST", "/provisioning-templates",
         json::object{{"templateName", type},
                      {"templateBody", kTemplateBody},
                      {"provisioningRoleArn", kRole},
                      {"enabled", enabled},
                      {"type", type}});
  };
  const auto claim = [&](const std::string& name) {
    return call("POST", "/provisioning-templates/" + name + "/provisioning-claim");
  };
  create(false, "FLEET_PROVISIONING");
  create(true, "JITP");
  EXPECT_EQ(claim("absent").status, 404);
  EXPECT_EQ(claim("JITP").exception(), "InvalidRequestException");
  EXPECT_EQ(claim("FLEET_PROVISIONING").exception(), "InvalidRequestException") << "it is not enabled";
  call("PATCH", "/provisioning-templates/FLEET_PROVISIONING", json::object{{"enabled", true}});
  const Answer made = claim("FLEET_PROVISIONING");
  ASSERT_EQ(made.status, 200) << made.body;
  const auto certificate = pki::Certificate::from_pem(made.json().at("certificatePem").as_string());
  const auto key = pki::PrivateKey::from_pem(made.json().at("keyPair").as_object().at("PrivateKey").as_string());
  ASSERT_TRUE(certificate && key);
  EXPECT_EQ(made.json().at("certificateId"), certificate->facts().fingerprint.c_str());
  EXPECT_EQ(made.json().at("keyPair").as_object().at("PublicKey"), key->public_pem().c_str());
  EXPECT_GT(certificate->facts().not_after, wall_now() + std::chrono::minutes(4));
  EXPECT_LE(certificate->facts().not_after, wall_now() + std::chrono::minutes(5));
  EXPECT_EQ(made.json().at("expiration").to_number<double>(), to_epoch_seconds(certificate->facts().not_after));
  EXPECT_TRUE(call("GET", "/certificates").json().at("certificates").as_array().empty());
}

const std::string kRegistration = R"({
  "Parameters": {"Name": {"Type": "String"}, "Id": {"Type": "String"}},
  "Resources": {
    "lamp": {"Type": "AWS::IoT::Thing",
             "Properties": {"ThingName": {"Ref": "Name"}, "AttributePayload": {"color": "blue"},
                            "ThingTypeName": "lamps", "ThingGroups": ["house"]}},
    "key": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "Id"}}},
    "rights": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument":
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"*\"}]}"}}
  }
})";

class RegisterThing : public Provisioning {
 protected:
  void SetUp() override {
    Provisioning::SetUp();
    call("POST", "/thing-types/lamps", json::object{});
    call("POST", "/thing-groups/house", json::object{});
    id_ = std::string(call("POST", "/keys-and-certificate").json().at("certificateId").as_string());
  }
  Answer register_thing(const std::string& body = kRegistration, const std::string& name = "lamp-1") {
    return call("POST", "/things",
                json::object{{"templateBody", body}, {"parameters", json::object{{"Name", name}, {"Id", id_}}}});
  }
  std::string replaced(const std::string& what, const std::string& with) const {
    std::string body = kRegistration;
    body.replace(body.find(what), what.size(), with);
    return body;
  }
  std::string id_;
};

TEST_F(RegisterThing, MakesAllThatTheTemplateNames) {
  const Answer made = register_thing();
  ASSERT_EQ(made.status, 200) << made.body;
  const auto arns = made.json().at("resourceArns").as_object();
  const std::string prefix = "arn:aws:iot:us-east-1:" + kVendor + ":";
  EXPECT_EQ(arns.at("lamp"), (prefix + "thing/lamp-1").c_str());
  EXPECT_EQ(arns.at("key"), (prefix + "cert/" + id_).c_str());
  EXPECT_TRUE(std::string(arns.at("rights").as_string()).starts_with(prefix + "policy/"));
  EXPECT_EQ(call("GET", "/certificates/" + id_).json().at("certificateDescription").at("status"), "ACTIVE");
  EXPECT_EQ(call("GET", "/things/lamp-1").json().at("thingTypeName"), "lamps");
  EXPECT_EQ(call("GET", "/thing-groups/house/things").json().at("things"), json::array{"lamp-1"});
  EXPECT_EQ(register_thing().status, 200) << "again is the same";
}

TEST_F(RegisterThing, LeavesNothingBehindWhenItFails) {
  const Answer unknown_group = register_thing(replaced("house", "absent"));
  EXPECT_EQ(unknown_group.exception(), "ResourceRegistrationFailureException");
  EXPECT_NE(unknown_group.message().find("absent"), std::string::npos);
  EXPECT_EQ(call("GET", "/things/lamp-1").status, 404);
  EXPECT_EQ(call("GET", "/certificates/" + id_).json().at("certificateDescription").at("status"), "INACTIVE");
  EXPECT_EQ(register_thing(replaced("\"lamps\"", "\"absent\"")).exception(), "ResourceRegistrationFailureException");
  EXPECT_EQ(register_thing(replaced("\"Ref\": \"Name\"", "\"Ref\": \"Gone\"")).exception(), "InvalidRequestException");
  EXPECT_EQ(register_thing("nonsense").exception(), "InvalidRequestException");
  id_ = std::string(64, '0');
  EXPECT_EQ(register_thing().exception(), "ResourceRegistrationFailureException");
}

TEST_F(RegisterThing, TakesACertificateOfARegisteredCa) {
  const auto ca = make_ca();
  const auto leaf = pki::issue_server_certificate(ca, pki::PrivateKey::generate_p256(), {"device"}, 30, wall_now());
  id_ = leaf->facts().pem;
  const std::string body = replaced("CertificateId", "CertificatePem");
  EXPECT_EQ(register_thing(body).exception(), "CertificateValidationException") << "the CA is not registered";
  register_sni_only(ca);
  const Answer made = register_thing(body);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("certificatePem"), leaf->facts().pem.c_str());
  EXPECT_EQ(call("GET", "/certificates/" + leaf->facts().fingerprint).status, 200);
}

TEST_F(Provisioning, ATemplateForDevicesNamesTheirOwnCertificate) {
  std::string body = kTemplateBody;
  body.replace(body.find("\"CertificateId\""), 15, "\"CertificatePem\"");
  EXPECT_EQ(call("POST", "/provisioning-templates",
                 json::object{{"templateName", "t"}, {"templateBody", body}, {"provisioningRoleArn", kRole}})
                .status,
            400);
}

class Tags : public ApiTest {
 protected:
  std::string arn(const std::string& resource) const { return "arn:aws:iot:us-east-1:" + kVendor + ":" + resource; }
  json::array tags_of(const std::string& resource) {
    return call("GET", "/tags?resourceArn=" + arn(resource)).json().at("tags").as_array();
  }
};

TEST_F(Tags, AreGivenAtCreationAndAfterwardsAndTakenAway) {
  const json::array one{json::object{{"Key", "team"}, {"Value", "red"}}};
  call("POST", "/thing-groups/house", json::object{{"tags", one}});
  EXPECT_EQ(tags_of("thinggroup/house"), one);
  EXPECT_EQ(call("POST", "/tags",
                 json::object{{"resourceArn", arn("thinggroup/house")},
                              {"tags", json::array{json::object{{"Key", "team"}, {"Value", "blue"}},
                                                   json::object{{"Key", "floor"}}}}})
                .status,
            200);
  EXPECT_EQ(tags_of("thinggroup/house").size(), 2u);
  EXPECT_EQ(call("POST", "/untag",
                 json::object{{"resourceArn", arn("thinggroup/house")}, {"tagKeys", json::array{"floor", "absent"}}})
                .status,
            200);
  EXPECT_EQ(tags_of("thinggroup/house"), (json::array{json::object{{"Key", "team"}, {"Value", "blue"}}}));
  call("DELETE", "/thing-groups/house");
  call("POST", "/thing-groups/house", json::object{});
  EXPECT_TRUE(tags_of("thinggroup/house").empty()) << "a new one of the same name";
}

TEST_F(Tags, NeedAResourceThatExists) {
  EXPECT_EQ(call("GET", "/tags?resourceArn=" + arn("policy/absent")).status, 404);
  EXPECT_EQ(call("GET", "/tags?resourceArn=" + arn("thing/lamp")).status, 404);
  EXPECT_EQ(call("GET", "/tags?resourceArn=nonsense").status, 400);
  EXPECT_EQ(call("GET", "/tags").status, 400);
  call("POST", "/thing-types/lamps", json::object{});
  EXPECT_EQ(
      call("POST", "/tags", json::object{{"resourceArn", arn("thingtype/lamps")}, {"tags", json::array()}}).status,
      400);
  json::array many;
  for (int i = 0; i < 51; ++i) many.push_back(json::object{{"Key", "k" + std::to_string(i)}});
  EXPECT_EQ(call("POST", "/tags", json::object{{"resourceArn", arn("thingtype/lamps")}, {"tags", many}}).exception(),
            "LimitExceededException");
  EXPECT_TRUE(tags_of("thingtype/lamps").empty());
}

}  // namespace
}  // namespace xl::api::test
