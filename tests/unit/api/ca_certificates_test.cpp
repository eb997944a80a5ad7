// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

/// CN = the code, signed by the CA's key.
std::string verification_for(const pki::Authority& ca, const std::string& code) {
  const auto key = pki::PrivateKey::generate_p256();
  const auto certificate = pki::issue_server_certificate(ca, key, {code}, 7, wall_now());
  EXPECT_TRUE(certificate);
  return certificate->facts().pem;
}

std::string text(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains({member.data(), member.size()});
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

TEST_F(ApiTest, GivesEachAccountOneStableRegistrationCode) {
  const std::string code = text(call("GET", "/registrationcode").json(), "registrationCode");
  EXPECT_EQ(code.size(), 64u);
  EXPECT_EQ(text(call("GET", "/registrationcode").json(), "registrationCode"), code);
  EXPECT_NE(text(call_as(other_key_, "GET", "/registrationcode").json(), "registrationCode"), code);
}

TEST_F(ApiTest, RegistersACaWithSniOnly) {
  const auto ca = make_ca();
  const Answer answer = register_sni_only(ca, "?setAsActive=true&allowAutoRegistration=true");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string id = ca.certificate.facts().fingerprint;
  EXPECT_EQ(text(answer.json(), "certificateId"), id);
  EXPECT_EQ(text(answer.json(), "certificateArn"), "arn:aws:iot:us-east-1:" + kVendor + ":cacert/" + id);

  const auto described = call("GET", "/cacertificate/" + id).json().at("certificateDescription").as_object();
  EXPECT_EQ(text(described, "status"), "ACTIVE");
  EXPECT_EQ(text(described, "autoRegistrationStatus"), "ENABLE");
  EXPECT_EQ(text(described, "certificateMode"), "SNI_ONLY");
  EXPECT_EQ(text(described, "certificatePem"), ca.certificate.facts().pem);
  EXPECT_TRUE(described.at("creationDate").is_double());
}

TEST_F(ApiTest, RegistersACaByProofOfPossession) {
  const auto ca = make_ca();
  const std::string code = text(call("GET", "/registrationcode").json(), "registrationCode");
  const json::object body{{"caCertificate", ca.certificate.facts().pem},
                          {"verificationCertificate", verification_for(ca, code)}};
  const Answer answer = call("POST", "/cacertificate", body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto described = call("GET", "/cacertificate/" + ca.certificate.facts().fingerprint)
                             .json()
                             .at("certificateDescription")
                             .as_object();
  EXPECT_EQ(text(described, "status"), "INACTIVE");
  EXPECT_EQ(text(described, "certificateMode"), "DEFAULT");

  const Answer second_account = call_as(other_key_, "POST", "/cacertificate", json::serialize(body));
  EXPECT_EQ(second_account.status, 409) << "in DEFAULT mode a CA belongs to one account";
}

TEST_F(ApiTest, RefusesProofsThatProveNothing) {
  const auto ca = make_ca(), stranger = make_ca("Stranger");
  const std::string code = text(call("GET", "/registrationcode").json(), "registrationCode");
  const std::string pem = ca.certificate.facts().pem;
  const auto attempt = [&](const std::string& verification) {
    return call("POST", "/cacertificate",
                json::object{{"caCertificate", pem}, {"verificationCertificate", verification}});
  };
  EXPECT_EQ(attempt(verification_for(ca, std::string(64, 'a'))).exception(), "RegistrationCodeValidationException");
  EXPECT_EQ(attempt(verification_for(stranger, code)).exception(), "CertificateValidationException");
  EXPECT_EQ(attempt("not a certificate").exception(), "CertificateValidationException");
  EXPECT_EQ(call("POST", "/cacertificate", json::object{{"caCertificate", pem}}).exception(),
            "InvalidRequestException");
  EXPECT_EQ(
      call("POST", "/cacertificate",
           json::object{{"caCertificate", pem}, {"certificateMode", "SNI_ONLY"}, {"verificationCertificate", pem}})
          .exception(),
      "InvalidRequestException");
  EXPECT_TRUE(call("GET", "/cacertificates").json().at("certificates").as_array().empty());
}

TEST_F(ApiTest, RefusesWhatIsNoCa) {
  const auto ca = make_ca();
  const Answer leaf =
      call("POST", "/cacertificate",
           json::object{{"caCertificate", verification_for(ca, "leaf")}, {"certificateMode", "SNI_ONLY"}});
  EXPECT_EQ(leaf.status, 400);
  EXPECT_EQ(leaf.exception(), "CertificateValidationException");
}

TEST_F(ApiTest, NamesTheCaThatIsAlreadyRegistered) {
  const auto ca = make_ca();
  ASSERT_EQ(register_sni_only(ca).status, 200);
  const Answer again = register_sni_only(ca);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.exception(), "ResourceAlreadyExistsException");
  EXPECT_EQ(text(again.json(), "resourceId"), ca.certificate.facts().fingerprint);
  EXPECT_NE(text(again.json(), "resourceArn"), "");
}

TEST_F(ApiTest, AllowsTenCasOfOneSubject) {
  for (int i = 0; i < 10; ++i) ASSERT_EQ(register_sni_only(make_ca()).status, 200);
  const Answer eleventh = register_sni_only(make_ca());
  EXPECT_EQ(eleventh.status, 410);
  EXPECT_EQ(eleventh.exception(), "LimitExceededException");
}

TEST_F(ApiTest, ListsCasInPages) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(register_sni_only(make_ca("CA " + std::to_string(i))).status, 200);
  std::size_t seen = 0;
  std::string marker;
  int pages = 0;
  do {
    const auto page = call("GET", "/cacertificates?pageSize=2" + (marker.empty() ? "" : "&marker=" + marker)).json();
    seen += page.at("certificates").as_array().size();
    marker = text(page, "nextMarker");
    for (auto at = marker.find_first_of("+/="); at != std::string::npos; at = marker.find_first_of("+/=", at + 3))
      marker.replace(at, 1, marker[at] == '+' ? "%2B" : marker[at] == '/' ? "%2F" : "%3D");
    ++pages;
  } while (!marker.empty() && pages < 10);
  EXPECT_EQ(seen, 5u);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(call("GET", "/cacertificates?marker=%21").status, 400);
  EXPECT_EQ(call("GET", "/cacertificates?pageSize=0").status, 400);
}

TEST_F(ApiTest, UpdatesACa) {
  const auto ca = make_ca();
  ASSERT_EQ(register_sni_only(ca).status, 200);
  const std::string path = "/cacertificate/" + ca.certificate.facts().fingerprint;
  const json::object config{{"templateBody", kTemplateBody}, {"roleArn", kRole}};
  ASSERT_EQ(call("PUT", path + "?newStatus=INACTIVE&newAutoRegistrationStatus=ENABLE",
                 json::object{{"registrationConfig", config}})
                .status,
            200);
  auto described = call("GET", path).json();
  EXPECT_EQ(text(described.at("certificateDescription").as_object(), "status"), "INACTIVE");
  EXPECT_EQ(text(described.at("certificateDescription").as_object(), "autoRegistrationStatus"), "ENABLE");
  EXPECT_EQ(text(described.at("registrationConfig").as_object(), "templateBody"), kTemplateBody);
  ASSERT_EQ(call("PUT", path, json::object{{"removeAutoRegistration", true}}).status, 200);
  described = call("GET", path).json();
  EXPECT_EQ(described.count("registrationConfig"), 0u);
  EXPECT_EQ(text(described.at("certificateDescription").as_object(), "status"), "INACTIVE");
  EXPECT_EQ(call("PUT", path + "?newStatus=REVOKED").status, 400);
}

TEST_F(ApiTest, AcceptsOnlyJitpTemplatesByName) {
  const auto ca = make_ca();
  const auto with_template = [&](const std::string& name) {
    return call("POST", "/cacertificate",
                json::object{{"caCertificate", ca.certificate.facts().pem},
                             {"certificateMode", "SNI_ONLY"},
                             {"registrationConfig", json::object{{"templateName", name}}}});
  };
  EXPECT_EQ(with_template("absent").status, 404);
  for (const auto* type : {"FLEET_PROVISIONING", "JITP"})
    ASSERT_EQ(call("POST", "/provisioning-templates",
                   json::object{{"templateName", type},
                                {"templateBody", kTemplateBody},
                                {"provisioningRoleArn", kRole},
                                {"type", type}})
                  .status,
              200);
  EXPECT_EQ(with_template("FLEET_PROVISIONING").status, 400);
  ASSERT_EQ(with_template("JITP").status, 200);
  EXPECT_EQ(call("GET", "/cacertificates?templateName=JITP").json().at("certificates").as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/cacertificates?templateName=other").json().at("certificates").as_array().size(), 0u);
}

}  // namespace
}  // namespace xl::api::test
