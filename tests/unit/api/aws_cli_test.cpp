// SPDX-License-Identifier: Apache-2.0
// The unmodified AWS command line of Debian against the API: every served operation once.
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

struct CommandResult {
  int exit_code = -1;
  std::string output;
};

class AwsCli : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    std::ofstream(folder_ / "credentials") << "[default]\naws_access_key_id = " << vendor_key_.access_key_id
                                           << "\naws_secret_access_key = " << vendor_key_.secret_access_key << "\n";
  }

  /// `arguments` as on a shell's command line.
  CommandResult run(const std::string& arguments) const {
    const std::string command =
        "env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME=" + folder_.string() +
        " AWS_SHARED_CREDENTIALS_FILE=" + (folder_ / "credentials").string() +
        " AWS_DEFAULT_REGION=us-east-1 AWS_PAGER= AWS_MAX_ATTEMPTS=1 AWS_EC2_METADATA_DISABLED=true"
        " /usr/bin/aws --output json --endpoint-url " +
        url_ + " " + arguments + " 2>&1";
    CommandResult result;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> chunk{};
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), pipe))
      result.output.append(chunk.data(), count);
    const int status = ::pclose(pipe);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
  }

  /// Must succeed; the parsed output.
  json::object aws(const std::string& arguments) const {
    const CommandResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << "\n" << result.output;
    boost::system::error_code error;
    const json::value value = json::parse(result.output, error);
    return !error && value.is_object() ? value.get_object() : json::object{};
  }

  std::string text(const json::object& object, std::string_view member) const {
    const auto* value = object.if_contains({member.data(), member.size()});
    EXPECT_TRUE(value != nullptr && value->is_string()) << member << " in " << object;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }

  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name) << content;
    return "file://" + (folder_ / name).string();
  }
};

TEST_F(AwsCli, RegistersCasAndTemplates) {
  EXPECT_EQ(text(aws("sts get-caller-identity"), "Account"), kVendor);
  EXPECT_EQ(text(aws("iot describe-endpoint --endpoint-type iot:Data-ATS"), "endpointAddress"),
            "prefix-vendor-ats.iot.localhost");

  EXPECT_EQ(
      text(aws("iot create-provisioning-template --template-name jitp --type JITP --enabled --provisioning-role-arn " +
               kRole + " --template-body " + file("template.json", kTemplateBody)),
           "templateName"),
      "jitp");
  EXPECT_EQ(text(aws("iot describe-provisioning-template --template-name jitp"), "type"), "JITP");

  const auto ca = make_ca();
  const auto sni_only =
      aws("iot register-ca-certificate --certificate-mode SNI_ONLY --set-as-active --allow-auto-registration"
          " --registration-config templateName=jitp --ca-certificate " +
          file("ca.pem", ca.certificate.facts().pem));
  const std::string id = text(sni_only, "certificateId");
  EXPECT_EQ(id, ca.certificate.facts().fingerprint);
  EXPECT_EQ(aws("iot list-ca-certificates").at("certificates").as_array().size(), 1u);
  aws("iot update-ca-certificate --new-status INACTIVE --certificate-id " + id);
  EXPECT_EQ(text(aws("iot describe-ca-certificate --certificate-id " + id).at("certificateDescription").as_object(),
                 "status"),
            "INACTIVE");

  const auto second = make_ca("Second CA");
  const auto key = pki::PrivateKey::generate_p256();
  const std::string code = text(aws("iot get-registration-code"), "registrationCode");
  const auto verification = pki::issue_server_certificate(second, key, {code}, 7, wall_now());
  ASSERT_TRUE(verification);
  const auto proven =
      aws("iot register-ca-certificate --ca-certificate " + file("ca2.pem", second.certificate.facts().pem) +
          " --verification-certificate " + file("proof.pem", verification->facts().pem));
  EXPECT_EQ(text(proven, "certificateId"), second.certificate.facts().fingerprint);
}

TEST_F(AwsCli, LooksAfterDevices) {
  const std::string id = add_device("lamp");
  EXPECT_EQ(aws("iot list-things").at("things").as_array().size(), 1u);
  EXPECT_EQ(text(aws("iot describe-thing --thing-name lamp"), "thingName"), "lamp");
  const auto principals = aws("iot list-thing-principals --thing-name lamp").at("principals").as_array();
  ASSERT_EQ(principals.size(), 1u);
  const std::string arn(principals[0].as_string());

  EXPECT_EQ(aws("iot list-certificates").at("certificates").as_array().size(), 1u);
  aws("iot update-certificate --new-status INACTIVE --certificate-id " + id);
  EXPECT_EQ(
      text(aws("iot describe-certificate --certificate-id " + id).at("certificateDescription").as_object(), "status"),
      "INACTIVE");

  EXPECT_EQ(aws("iot list-attached-policies --target " + arn).at("policies").as_array().size(), 1u);
  EXPECT_EQ(text(aws("iot get-policy --policy-name policy-lamp"), "policyName"), "policy-lamp");

  aws("iot-data publish --topic lamp/state --qos 1 --cli-binary-format raw-in-base64-out --payload 'led on'");
  ASSERT_EQ(bus_.published().size(), 1u);
  EXPECT_EQ(bus_.published()[0].message.topic, "lamp/state");
  EXPECT_EQ(bus_.published()[0].message.payload, "led on");
}

TEST_F(AwsCli, ShowsFaultsByTheirNames) {
  const CommandResult missing = run("iot describe-thing --thing-name absent");
  EXPECT_NE(missing.exit_code, 0);
  EXPECT_NE(missing.output.find("(ResourceNotFoundException)"), std::string::npos) << missing.output;
  const CommandResult unserved = run("iot list-jobs");
  EXPECT_NE(unserved.output.find("(NotImplementedException)"), std::string::npos) << unserved.output;
  EXPECT_NE(unserved.output.find("ListJobs"), std::string::npos) << unserved.output;
}

}  // namespace
}  // namespace xl::api::test
