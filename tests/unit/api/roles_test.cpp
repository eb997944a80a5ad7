// SPDX-License-Identifier: Apache-2.0
// What the holder of an access key may do, by its role.
#include "api/operation.hpp"
#include "api/session_tokens.hpp"
#include "base/text.hpp"
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

class Roles : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    reader_ = add_key(kVendor, "AKIAREADERREADERREAD", cloud::Role::read_only);
    claimer_ = add_key(kVendor, "AKIACLAIMERCLAIMERCL", cloud::Role::claim_only);
  }

  /// The operations of the table that answer anything but "denied", each once, in the table's order.
  std::string served_to(const crypto::Credentials& key) {
    std::string out;
    for (const Operation& operation : served_operations()) {
      std::string path;
      for (const std::string_view part : split(operation.path.substr(1), '/'))
        path.append("/").append(part.starts_with('{') ? "x" : part);
      const Answer answer = call_as(key, std::string(operation.method), path);
      EXPECT_EQ(answer.status == 403, answer.exception() == "AccessDeniedException") << operation.name;
      if (answer.status != 403) out.append(operation.name).append(" ");
    }
    return out;
  }

  crypto::Credentials reader_, claimer_;
};

TEST_F(Roles, AReaderLooksAndChangesNothing) {
  const std::string served = served_to(reader_);
  for (const Operation& operation : served_operations()) {
    const bool reads =
        operation.name.starts_with("List") || operation.name.starts_with("Describe") || operation.name == "GetPolicy";
    const bool is_served = (" " + served).find(" " + std::string(operation.name) + " ") != std::string::npos;
    if (reads) EXPECT_TRUE(is_served) << operation.name;
    if (is_served) EXPECT_TRUE(operation.read != nullptr) << operation.name;
  }
  EXPECT_EQ(served.find("Publish"), std::string::npos);
  EXPECT_EQ(served.find("GetRegistrationCode"), std::string::npos) << "it makes one on first use";
}

TEST_F(Roles, AClaimerFindsModulesAndTellsThemTheirEndpoint) {
  EXPECT_EQ(call_as(claimer_, "GET", "/endpoint").status, 200);
  EXPECT_EQ(call_as(claimer_, "GET", "/things/absent").status, 404);
  EXPECT_EQ(call_as(claimer_, "POST", "/topics/lamp%2Fexpresslink_config", "{}").status, 200);
  EXPECT_EQ(call_as(claimer_, "POST", "/topics/lamp%2Fdata", "{}").exception(), "AccessDeniedException");
  EXPECT_EQ(served_to(claimer_),
            "CancelClaim ConfirmClaim CreateClaim DescribeClaim DescribeEndpoint DescribeThing ListClaims RetryClaim ");
}

TEST_F(Roles, AnAdministratorIsDeniedNothing) {
  std::string all;
  for (const Operation& operation : served_operations()) all.append(operation.name).append(" ");
  EXPECT_EQ(served_to(vendor_key_), all);
}

TEST_F(Roles, TheRefusalNamesTheOperationAndTheRole) {
  const std::string message = call_as(reader_, "POST", "/topics/a", "x").message();
  EXPECT_EQ(message, "User: arn:aws:iam::" + kVendor +
                         ":user/vendor is not authorized to perform: iot:Publish with a read-only access key");
}

TEST_F(Roles, ASessionMayDoWhatItsKeyMay) {
  const auto session = issue_session(master_key_, reader_.access_key_id, wall_now() + std::chrono::minutes(15));
  EXPECT_EQ(call_as(session, "GET", "/things").status, 200);
  EXPECT_EQ(call_as(session, "POST", "/topics/a", "x").exception(), "AccessDeniedException");
}

TEST_F(Roles, ADisabledKeyAndItsSessionsOpenNothing) {
  const auto session = issue_session(master_key_, reader_.access_key_id, wall_now() + std::chrono::minutes(15));
  write([&](cloud::Registry& registry) { return registry.accounts().disable_access_key(reader_.access_key_id); });
  for (const auto& key : {reader_, session})
    EXPECT_EQ(call_as(key, "GET", "/things").exception(), "UnrecognizedClientException");
}

}  // namespace
}  // namespace xl::api::test
