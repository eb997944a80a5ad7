// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

const std::string kDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]})";
const std::string kOtherDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:*","Resource":"*"}]})";

class Policies : public ApiTest {
 protected:
  Answer create(const std::string& name, const std::string& document = kDocument) {
    return call("POST", "/policies/" + name, json::object{{"policyDocument", document}});
  }
  Answer create_version(const std::string& name, const std::string& query = "") {
    return call("POST", "/policies/" + name + "/version" + query, json::object{{"policyDocument", kOtherDocument}});
  }
  std::string certificate_arn(const std::string& id) const {
    return "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + id;
  }
  Answer attach(const std::string& policy, const std::string& target) {
    return call("PUT", "/target-policies/" + policy, json::object{{"target", target}});
  }
  Answer call_for(const std::string& method, const std::string& target, const std::string& header,
                  const std::string& value) {
    return call_as(vendor_key_, method, target, {}, "iot", {{header, value}});
  }
};

TEST_F(Policies, AreCreatedListedAndDeleted) {
  const Answer made = create("connect");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("policyArn"), ("arn:aws:iot:us-east-1:" + kVendor + ":policy/connect").c_str());
  EXPECT_EQ(made.json().at("policyVersionId"), "1");
  const Answer again = create("connect");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.message(), "Policy cannot be created - name already exists (name=connect)");
  EXPECT_EQ(again.json().at("resourceId"), "connect");
  create("a");
  const auto first = call("GET", "/policies?pageSize=1").json();
  EXPECT_EQ(first.at("policies").as_array()[0].at("policyName"), "a");
  const auto rest = call("GET", "/policies?marker=" + std::string(first.at("nextMarker").as_string())).json();
  EXPECT_EQ(rest.at("policies").as_array().size(), 1u);
  EXPECT_EQ(rest.count("nextMarker"), 0u);
  EXPECT_EQ(call("DELETE", "/policies/connect").status, 200);
  EXPECT_EQ(call("DELETE", "/policies/connect").exception(), "ResourceNotFoundException");
  EXPECT_EQ(call_as(other_key_, "GET", "/policies/a").status, 404);
}

TEST_F(Policies, WithBrokenDocumentsAreRefused) {
  for (const char* document : {"", "{", "[]", R"({"Version":"2012-10-17"})", R"({"Version":"1","Statement":[]})",
                               R"({"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]})"}) {
    const Answer answer = create("broken", document);
    EXPECT_EQ(answer.status, 400) << document;
    EXPECT_EQ(answer.exception(), "MalformedPolicyException") << document;
  }
  EXPECT_EQ(call("POST", "/policies/broken", json::object{}).exception(), "InvalidRequestException");
  EXPECT_EQ(create("a%20b").exception(), "InvalidRequestException");
  create("good");
  EXPECT_EQ(call("POST", "/policies/good/version", json::object{{"policyDocument", "{"}}).exception(),
            "MalformedPolicyException");
}

TEST_F(Policies, HaveAtMostFiveVersionsOfWhichOneCounts) {
  create("p");
  EXPECT_EQ(create_version("p").json().at("isDefaultVersion"), false);
  const auto third = create_version("p", "?setAsDefault=true").json();
  EXPECT_EQ(third.at("policyVersionId"), "3");
  EXPECT_EQ(call("GET", "/policies/p").json().at("policyDocument"), kOtherDocument.c_str());
  EXPECT_EQ(call("GET", "/policies/p/version/1").json().at("policyDocument"), kDocument.c_str());
  create_version("p");
  create_version("p");
  const Answer sixth = create_version("p");
  EXPECT_EQ(sixth.status, 409);
  EXPECT_EQ(sixth.exception(), "VersionsLimitExceededException");
  EXPECT_EQ(sixth.message(), "The policy p already has the maximum number of versions (5)");
  EXPECT_EQ(call("DELETE", "/policies/p/version/3").exception(), "DeleteConflictException");
  EXPECT_EQ(call("DELETE", "/policies/p/version/03").exception(), "DeleteConflictException");
  EXPECT_EQ(call("DELETE", "/policies/p/version/5").status, 200);
  EXPECT_EQ(create_version("p").json().at("policyVersionId"), "6");
  EXPECT_EQ(call("PATCH", "/policies/p/version/1").status, 200);
  EXPECT_EQ(call("GET", "/policies/p").json().at("defaultVersionId"), "1");
  const auto versions = call("GET", "/policies/p/version").json().at("policyVersions").as_array();
  ASSERT_EQ(versions.size(), 5u);
  EXPECT_EQ(versions[0].at("isDefaultVersion"), true);
  for (const char* path : {"/policies/p/version/5", "/policies/none/version/1"}) {
    EXPECT_EQ(call("PATCH", path).status, 404);
    EXPECT_EQ(call("GET", path).status, 404);
    EXPECT_EQ(call("DELETE", path).status, 404);
  }
  EXPECT_EQ(call("GET", "/policies/p/version/x").status, 400);
  EXPECT_EQ(
      call("DELETE", "/policies/p").message(),
      "Cannot delete the policy because it has one or more policy versions attached to it (name=p): version 2, 3, "
      "4 and 1 more. Delete them first (DeletePolicyVersion).");
}

TEST_F(Policies, AreAttachedAndDetached) {
  const std::string arn = certificate_arn(add_device("lamp"));
  create("p");
  EXPECT_EQ(attach("p", arn).status, 200);
  EXPECT_EQ(attach("p", arn).status, 200);
  EXPECT_EQ(call("DELETE", "/policies/p").message(),
            "The policy cannot be deleted as the policy is attached to one or more principals (name=p): " +
                arn.substr(arn.find("cert/")) + ". Detach it first (DetachPolicy).");
  const auto targets = call("POST", "/policy-targets/p").json().at("targets").as_array();
  EXPECT_EQ(targets, json::array{json::string(arn)});
  EXPECT_EQ(call_for("GET", "/policy-principals", "x-amzn-iot-policy", "p").json().at("principals"), targets);
  EXPECT_EQ(call_for("GET", "/principal-policies", "x-amzn-iot-principal", arn).json().at("policies").as_array().size(),
            2u);
  EXPECT_EQ(call("POST", "/target-policies/p", json::object{{"target", arn}}).status, 200);
  EXPECT_TRUE(call("POST", "/policy-targets/p").json().at("targets").as_array().empty());
  EXPECT_EQ(call_for("PUT", "/principal-policies/p", "x-amzn-iot-principal", arn).status, 200);
  EXPECT_EQ(call("POST", "/policy-targets/p").json().at("targets").as_array().size(), 1u);
  EXPECT_EQ(call_for("DELETE", "/principal-policies/p", "x-amzn-iot-principal", arn).status, 200);
  EXPECT_EQ(call("DELETE", "/policies/p").status, 200);
}

TEST_F(Policies, CannotBeAttachedToWhatIsNotThere) {
  const std::string arn = certificate_arn(add_device("lamp"));
  create("p");
  EXPECT_EQ(attach("none", arn).status, 404);
  EXPECT_EQ(attach("p", certificate_arn(std::string(64, '0'))).status, 404);
  EXPECT_EQ(attach("p", "nonsense").status, 400);
  EXPECT_EQ(call("PUT", "/target-policies/p", json::object{}).status, 400);
  EXPECT_EQ(call("PUT", "/principal-policies/p").message(),
            "1 validation error detected: Value null at 'principal' failed to satisfy constraint: Member must not be "
            "null");
  EXPECT_EQ(call("POST", "/policy-targets/none").status, 404);
}

TEST_F(Policies, TenAreEnoughForAPrincipal) {
  const std::string arn = certificate_arn(add_device("lamp"));
  for (int i = 0; i < 10; ++i) create("p" + std::to_string(i));
  for (int i = 0; i < 9; ++i) EXPECT_EQ(attach("p" + std::to_string(i), arn).status, 200);
  const Answer eleventh = attach("p9", arn);
  EXPECT_EQ(eleventh.status, 410);
  EXPECT_EQ(eleventh.exception(), "LimitExceededException");
}

}  // namespace
}  // namespace xl::api::test
