// SPDX-License-Identifier: Apache-2.0
// Enrolment against a small cloud that checks signatures and remembers what it was asked to make.
#include "factory/enroll.hpp"

#include <boost/json.hpp>
#include <mutex>

#include "crypto/sigv4.hpp"
#include "net/http.hpp"
#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

namespace json = boost::json;

constexpr const char* kKeyId = "AKIDEXAMPLE";
constexpr const char* kSecret = "a secret of the test";

/// The six calls that enrolment makes.
class SmallCloud {
 public:
  std::map<std::string, json::object> templates;  ///< body by name
  std::map<std::string, json::object> cas;        ///< description by id
  std::string root_pem;
  std::vector<std::string> calls;

  SmallCloud() {
    net::HttpServerOptions options;
    options.listeners.push_back({});
    server_ = *net::start_http_server(std::move(options), [this](net::HttpRequest request, auto responder) {
      const std::scoped_lock lock(mutex_);
      responder->respond(answer(request));
    });
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->listeners()[0].port); }

 private:
  static net::HttpResponse error(int status, const char* type) {
    return {status, {{"x-amzn-errortype", std::string(type) + ":"}}, R"({"message":"no"})"};
  }
  static bool is_signed(const net::HttpRequest& request) {
    const auto secret = [](std::string_view id, std::string_view) -> tl::expected<std::string, crypto::SigV4Fault> {
      if (id == kKeyId) return std::string(kSecret);
      return tl::unexpected<crypto::SigV4Fault>(crypto::SigV4Fault::unknown_key);
    };
    return crypto::verify_v4({request.method, request.target, request.headers, request.body}, secret, wall_now())
        .has_value();
  }
  net::HttpResponse answer(const net::HttpRequest& request) {
    const std::string call = request.method + " " + std::string(request.path());
    calls.push_back(call);
    if (call == "GET /root-ca.pem") return {root_pem.empty() ? 404 : 200, {}, root_pem};
    if (!is_signed(request)) return error(403, "InvalidSignatureException");
    if (call == "POST /") return {200, {}, "<Result><Account>123456789012</Account></Result>"};
    if (call == "GET /endpoint") return {200, {}, R"({"endpointAddress":"abc-ats.iot.localhost"})"};
    if (call == "POST /provisioning-templates") return create_template(request);
    if (call == "POST /cacertificate") return register_ca(request);
    if (call.starts_with("GET /cacertificate/")) return {200, {}, json::serialize(cas[call.substr(19)])};
    return error(404, "UnknownOperationException");
  }
  net::HttpResponse create_template(const net::HttpRequest& request) {
    const json::object body = json::parse(request.body).as_object();
    const bool is_new = templates.emplace(std::string(body.at("templateName").as_string()), body).second;
    return is_new ? net::HttpResponse{200, {}, "{}"} : error(409, "ResourceAlreadyExistsException");
  }
  net::HttpResponse register_ca(const net::HttpRequest& request) {
    const json::object body = json::parse(request.body).as_object();
    const auto ca = pki::Certificate::from_pem(std::string(body.at("caCertificate").as_string()));
    const bool on = request.query() == "setAsActive=true&allowAutoRegistration=true";
    const json::object description{{"status", on ? "ACTIVE" : "INACTIVE"},
                                   {"autoRegistrationStatus", on ? "ENABLE" : "DISABLE"},
                                   {"certificateMode", body.at("certificateMode")}};
    const json::object whole{{"certificateDescription", description},
                             {"registrationConfig", body.at("registrationConfig")}};
    const bool is_new = cas.emplace(ca->facts().fingerprint, whole).second;
    return is_new ? net::HttpResponse{200, {}, "{}"} : error(409, "ResourceAlreadyExistsException");
  }

  std::mutex mutex_;
  std::unique_ptr<net::HttpServer> server_;
};

class Enroll : public testing::Test {
 protected:
  test::Folder folder_;
  SmallCloud cloud_;
  VendorCa ca_ = create_ca(folder_ / "ca", "ACME Ltd", "M-1")->ca;

  Enroll() {
    cloud_.root_pem = ca_.root.facts().pem + ca_.issuing.certificate.facts().pem;  // a bundle of two
    write_credentials(kSecret);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", (folder_ / "credentials").c_str(), 1);
  }
  ~Enroll() override { ::unsetenv("AWS_SHARED_CREDENTIALS_FILE"); }
  void write_credentials(const std::string& secret) {
    const std::string text =
        "# comment\n[other]\naws_access_key_id = X\n\n[staging]\naws_access_key_id = " + std::string(kKeyId) +
        "\r\naws_secret_access_key = " + secret + "\nregion = eu-west-1\n";
    EXPECT_TRUE(write_file(folder_ / "credentials", text, true));
  }
  Status enroll(const std::string& profile = "staging", const std::string& root_ca_file = "") {
    return enroll_ca(ca_, {cloud_.url(), profile, root_ca_file, {}},
                     [this](const std::string& step) { said_ += step; });
  }
  std::string template_of(Enrolment enrolment) {
    return provisioning_template(ca_, "eu-west-1", "123456789012", enrolment);
  }
  json::object& ca_entry() { return cloud_.cas.at(ca_.issuing.certificate.facts().fingerprint); }
  std::string said_;
};

TEST_F(Enroll, RegistersTheCaWithItsTemplateAndSavesWhatModulesNeed) {
  const auto status = enroll();
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(ca_entry().at("certificateDescription").at("status"), "ACTIVE");
  EXPECT_EQ(ca_entry().at("certificateDescription").at("certificateMode"), "SNI_ONLY");
  ASSERT_EQ(cloud_.templates.size(), 1U);
  const json::object& made = cloud_.templates.begin()->second;
  EXPECT_EQ(made.at("type"), "JITP");
  EXPECT_EQ(ca_entry().at("registrationConfig").at("templateName"), made.at("templateName"));
  EXPECT_EQ(*read_file(folder_ / "ca/endpoint"), "abc-ats.iot.localhost\n");
  EXPECT_EQ(*read_file(folder_ / "ca/root-ca.pem"), cloud_.root_pem);
}

TEST_F(Enroll, RunAgainFindsEverythingThere) {
  ASSERT_TRUE(enroll());
  said_.clear();
  const auto again = enroll();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_NE(said_.find("there already"), std::string::npos);
}

TEST_F(Enroll, ANewStagingEndpointIsSaidToReplaceTheOld) {
  ASSERT_TRUE(enroll());
  EXPECT_EQ(said_.find("from now on"), std::string::npos);
  ASSERT_TRUE(write_file(folder_ / "ca/endpoint", "old-ats.iot.localhost\n"));
  ASSERT_TRUE(enroll());
  EXPECT_NE(said_.find("from now on call the endpoint below, not old-ats.iot.localhost"), std::string::npos);
}

TEST_F(Enroll, ACaThatWouldAdmitNoModuleIsReported) {
  ASSERT_TRUE(enroll());
  ca_entry()["certificateDescription"].as_object()["autoRegistrationStatus"] = "DISABLE";
  const auto again = enroll();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_NE(again.error().detail.find("update-ca-certificate"), std::string::npos);
}

TEST_F(Enroll, WrongCredentialsStopBeforeAnythingIsMade) {
  write_credentials("another secret");
  const auto status = enroll();
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().detail.find("InvalidSignature"), std::string::npos);
  EXPECT_EQ(status.error().detail.find("another secret"), std::string::npos);
  EXPECT_EQ(cloud_.calls, std::vector<std::string>{"POST /"});
}

TEST_F(Enroll, AMissingProfileNamesItAndTheFile) {
  const auto status = enroll("nobody");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::not_found);
  EXPECT_NE(status.error().detail.find("nobody"), std::string::npos);
  EXPECT_NE(status.error().detail.find((folder_ / "credentials").string()), std::string::npos);
}

TEST_F(Enroll, AnUnreachableCloudIsSaidToBeOne) {
  std::string url;
  {
    const SmallCloud gone;
    url = gone.url();
  }
  const auto status = enroll_ca(ca_, {url, "staging", "", {}}, [](const std::string&) {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::unavailable);
  EXPECT_NE(status.error().detail.find("127.0.0.1"), std::string::npos) << status.error().detail;
}

TEST_F(Enroll, TakesTheServersRootFromAFileOrAsksForOne) {
  cloud_.root_pem.clear();
  EXPECT_NE(enroll().error().detail.find("--root-ca"), std::string::npos);
  ASSERT_TRUE(write_file(folder_ / "root.pem", ca_.root.facts().pem));
  EXPECT_TRUE(enroll("staging", (folder_ / "root.pem").string()));
  ASSERT_TRUE(write_file(folder_ / "root.pem", "garbage"));
  EXPECT_FALSE(enroll("staging", (folder_ / "root.pem").string()));
}

TEST_F(Enroll, TheTemplateNamesTheThingByItsUidAndGivesItTheLeast) {
  const json::value body = json::parse(template_of(Enrolment::staging));
  const json::value& thing = body.at("Resources").at("thing").at("Properties");
  EXPECT_EQ(thing.at("ThingName").at("Ref"), "AWS::IoT::Certificate::SerialNumber");
  EXPECT_EQ(thing.at("AttributePayload").at("vendor"), "ACME_Ltd") << "attribute values hold no spaces";
  const std::string policy(body.at("Resources").at("policy").at("Properties").at("PolicyDocument").as_string());
  const std::string mine = "arn:aws:iot:eu-west-1:123456789012:";
  bool denies_update_topic = false;
  const json::value document = json::parse(policy);
  for (const json::value& statement : document.at("Statement").as_array()) {
    const std::string resource(statement.at("Resource").as_string());
    EXPECT_TRUE(resource.starts_with(mine)) << resource;
    EXPECT_NE(resource.find("/${iot:Connection.Thing.ThingName}"), std::string::npos) << resource;
    denies_update_topic |= statement.at("Effect") == "Deny" && resource.ends_with("/expresslink_config");
  }
  EXPECT_TRUE(denies_update_topic);
  EXPECT_EQ(policy.find("RetainPublish"), std::string::npos);
  EXPECT_EQ(policy.find("/jobs/"), std::string::npos);
}

TEST_F(Enroll, ACustomersTemplateAllowsTheJobsTopicsOfTheThing) {
  const json::value body = json::parse(template_of(Enrolment::customer));
  const std::string policy(body.at("Resources").at("policy").at("Properties").at("PolicyDocument").as_string());
  const std::string jobs = "/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*";
  EXPECT_NE(policy.find(":topic" + jobs), std::string::npos);
  EXPECT_NE(policy.find(":topicfilter" + jobs), std::string::npos);
  EXPECT_NE(policy.find("/expresslink_config"), std::string::npos);
}

TEST_F(Enroll, ACustomersAccountLeavesTheStagingEndpointOfNewModules) {
  ASSERT_TRUE(write_file(folder_ / "ca/endpoint", "staging-ats.iot.localhost\n"));
  const auto status = enroll_ca(ca_, {cloud_.url(), "staging", "", Enrolment::customer}, [](const std::string&) {});
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(ca_entry().at("certificateDescription").at("status"), "ACTIVE");
  EXPECT_EQ(*read_file(folder_ / "ca/endpoint"), "staging-ats.iot.localhost\n");
  EXPECT_FALSE(read_file(folder_ / "ca/root-ca.pem"));
}

}  // namespace
}  // namespace xl::factory
