// SPDX-License-Identifier: Apache-2.0
#include "factory/register.hpp"

#include <boost/json.hpp>

#include "factory/provisioning_template.hpp"
#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

namespace json = boost::json;

class Register : public testing::Test {
 protected:
  void make_identity(const std::string& name, const std::string& thing_name) {
    std::filesystem::create_directories(folder_ / name);
    ASSERT_TRUE(write_file(folder_ / name / "thing-name", thing_name + "\n"));
    ASSERT_TRUE(write_file(folder_ / name / "certificate.pem", "PEM"));
  }
  test::Folder folder_;
};

TEST_F(Register, AFolderIsAnIdentityOrHoldsSome) {
  std::filesystem::create_directories(folder_ / "lot/unfinished");
  EXPECT_EQ(identities_in(folder_ / "lot").error().code, Errc::not_found);
  EXPECT_EQ(identities_in(folder_ / "missing").error().code, Errc::not_found);
  make_identity("lot/b", "b");
  make_identity("lot/a", "a");
  make_identity("lot/.c", "c");  // not whole yet
  const std::vector<std::filesystem::path> both{folder_ / "lot" / "a", folder_ / "lot" / "b"};
  EXPECT_EQ(identities_in(folder_ / "lot").value(), both);
  EXPECT_EQ(identities_in(both[0]).value(), std::vector{both[0]});
}

TEST_F(Register, AThingNameThatTheCloudWouldRefuseIsRefusedHere) {
  for (const char* name : {"", "with space", "a/b", "\xC3\xA9"}) {
    make_identity("one", name);
    EXPECT_EQ(read_module(folder_ / "one").error().code, Errc::invalid_argument) << name;
  }
  make_identity("one", "A-z:0_9");
  EXPECT_EQ(read_module(folder_ / "one")->thing_name, "A-z:0_9");
}

TEST_F(Register, TheTemplateGetsWhatTheCertificateSays) {
  const auto made = create_ca(folder_ / "ca", "ACME Ltd", "M-1");
  ASSERT_TRUE(made);
  const std::string pem = made->ca.issuing.certificate.facts().pem;
  const auto text = registration_parameters({"lamp", pem});
  ASSERT_TRUE(text) << text.error().detail;
  const json::object parameters = json::parse(*text).as_object();
  EXPECT_EQ(parameters.at("ThingName"), "lamp");
  EXPECT_EQ(parameters.at("CertificatePem"), json::string(pem));
  EXPECT_EQ(parameters.at("Vendor"), "ACME_Ltd");  // attributes of things hold no spaces
  const json::object body = json::parse(registration_template("eu-west-1", "123456789012")).as_object();
  for (const auto& [name, declared] : body.at("Parameters").as_object()) EXPECT_TRUE(parameters.contains(name)) << name;
  EXPECT_EQ(body.at("Parameters").as_object().size(), parameters.size());
  EXPECT_EQ(registration_parameters({"lamp", "no PEM"}).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace xl::factory
