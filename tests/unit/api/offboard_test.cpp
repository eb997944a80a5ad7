// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

class OffboardThing : public ApiTest {
 protected:
  Answer offboard(const std::string& name) { return call("POST", "/expresslink/things/" + name + "/offboard"); }
};

TEST_F(OffboardThing, DoesInOneCallWhatDeletionAsksFor) {
  const std::string id = add_device("lamp");
  const Answer done = offboard("lamp");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.json(),
            (json::object{
                {"thingName", "lamp"}, {"deletedCertificates", json::array{id}}, {"keptCertificates", json::array{}}}));
  EXPECT_EQ(call("GET", "/things/lamp").status, 404);
  EXPECT_EQ(call("GET", "/certificates/" + id).status, 404);
  EXPECT_EQ(call("GET", "/policies/policy-lamp").status, 200);
  EXPECT_EQ(call("DELETE", "/policies/policy-lamp").status, 200) << "nothing holds it any more";
  EXPECT_EQ(offboard("lamp").json().at("deletedCertificates"), json::array{}) << "again does no harm";
}

TEST_F(OffboardThing, IsForAdministratorsAndNamesThatCanBe) {
  EXPECT_EQ(offboard("a%20b").exception(), "InvalidRequestException");
  const auto reader = add_key(kVendor, "AKIAREADERREADERREAD", cloud::Role::read_only);
  EXPECT_EQ(call_as(reader, "POST", "/expresslink/things/lamp/offboard").exception(), "AccessDeniedException");
  add_device("lamp");
  EXPECT_EQ(call_as(other_key_, "POST", "/expresslink/things/lamp/offboard").status, 200);
  EXPECT_EQ(call("GET", "/things/lamp").status, 200) << "each account has its own";
}

TEST_F(OffboardThing, WaitsForTheEndOfATransfer) {
  const std::string id = add_device("lamp");
  write([&](cloud::Registry& registry) {
    return registry.certificates().set_status(kVendor, id, cloud::CertificateStatus::pending_transfer, wall_now());
  });
  const Answer refused = offboard("lamp");
  EXPECT_EQ(refused.status, 406);
  EXPECT_NE(refused.message().find("The certificate " + id + " is being transferred"), std::string::npos);
  EXPECT_EQ(call("GET", "/things/lamp").status, 200);
}

}  // namespace
}  // namespace xl::api::test
