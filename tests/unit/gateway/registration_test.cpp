// SPDX-License-Identifier: Apache-2.0
// Just-in-time registration at the gateway. source: AWS IoT Developer Guide, "Just-in-time registration"
#include <boost/json.hpp>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

namespace json = boost::json;

class JustInTimeRegistration : public ::testing::Test {
 protected:
  explicit JustInTimeRegistration(const Rate& connects_per_certificate = {.burst = 100'000, .per_second = 1})
      : cloud_(false, {}, 0, connects_per_certificate) {}
  void SetUp() override {
    cloud_.enroll(cloud_.customer, vendor_);
    cloud_.update_ca(cloud_.customer, vendor_, [](cloud::CaCertificate& ca) { ca.template_body.clear(); });
    ear_ = cloud_.listen(cloud_.customer, "$aws/events/certificates/registered/+");
  }
  std::optional<int> connect() { return Client(cloud_, cloud_.customer, identity_).connect(); }
  std::vector<json::object> events(std::size_t count) {
    EXPECT_TRUE(eventually([&] { return ear_->heard().size() >= count; }));
    std::vector<json::object> out;
    for (const auto& message : ear_->heard()) {
      EXPECT_EQ(message.topic, "$aws/events/certificates/registered/" + ca_id());
      out.push_back(json::parse(message.payload).as_object());
    }
    return out;
  }
  std::string ca_id() const { return vendor_.issuing_ca.certificate.facts().fingerprint; }
  void activate() {
    cloud_.write([&](cloud::Registry& registry) -> Status {
      const std::string& account = cloud_.customer.id;
      XL_CHECK(registry.things().insert({account, identity_.thing_name, "id", {}, 1, wall_now()}));
      XL_CHECK(registry.things().attach(account, identity_.thing_name, identity_.id()));
      XL_CHECK(registry.policies().insert({account, "all",
                                           R"({"Version":"2012-10-17","Statement":[)" + Cloud::kAllowAll + "]}", "1",
                                           wall_now(), wall_now()}));
      XL_CHECK(registry.policies().attach(account, "all", identity_.id()));
      return registry.certificates().set_status(account, identity_.id(), cloud::CertificateStatus::active, wall_now());
    });
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
  Identity identity_ = vendor_.issue();
  std::unique_ptr<Cloud::Ear> ear_;
};

TEST_F(JustInTimeRegistration, TheAccountHearsOfTheCertificateWithEveryAttempt) {
  EXPECT_EQ(connect(), 5);
  const auto first = events(1).at(0);
  EXPECT_EQ(first.at("certificateId").as_string(), identity_.id());
  EXPECT_EQ(first.at("caCertificateId").as_string(), ca_id());
  EXPECT_EQ(first.at("certificateStatus").as_string(), "PENDING_ACTIVATION");
  EXPECT_EQ(first.at("awsAccountId").as_string(), cloud_.customer.id);
  EXPECT_TRUE(first.at("timestamp").is_int64());
  EXPECT_TRUE(first.at("certificateRegistrationTimestamp").is_null());
  EXPECT_EQ(first.size(), 6u);
  EXPECT_EQ(connect(), 5);
  const auto again = events(2).at(1);
  const auto created = cloud_.view().certificates().find(cloud_.customer.id, identity_.id())->created;
  EXPECT_EQ(again.at("certificateRegistrationTimestamp").as_string(), std::to_string(to_millis(created)));
}

TEST_F(JustInTimeRegistration, AfterTheActivationTheDeviceComesInAndIsTheCustomers) {
  EXPECT_EQ(connect(), 5);
  activate();
  Client device(cloud_, cloud_.customer, identity_);
  EXPECT_EQ(device.connect(), 0);
  EXPECT_TRUE(eventually([this] {
    const auto custody = cloud_.view().custody().find(identity_.id());
    return custody && custody->owner_account == cloud_.customer.id;
  }));
  EXPECT_EQ(device.subscribe("a"), 1);  // its session stays
  EXPECT_EQ(events(1).size(), 1u);
}

class Hammering : public JustInTimeRegistration {
 protected:
  Hammering() : JustInTimeRegistration({.burst = 30, .per_second = 1}) {}
};

TEST_F(Hammering, IsNotToldOfEachTime) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 60; ++i) EXPECT_EQ(connect(), 5);
  cloud_.say(cloud_.customer, {"$aws/events/certificates/registered/last", "{}"});
  EXPECT_EQ(ear_->hear("$aws/events/certificates/registered/last").payload, "{}");
  // Thirty at once, then one a second.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LE(ear_->heard().size(), 30u + static_cast<std::size_t>(seconds) + 1);
  EXPECT_GE(ear_->heard().size(), 30u);
  EXPECT_EQ(cloud_.view().certificates().list(cloud_.customer.id, {}).value().items.size(), 1u);
}

TEST_F(JustInTimeRegistration, TheHandshakeAloneRegistersNothing) {
  EXPECT_TRUE(Client(cloud_, cloud_.customer, identity_).is_shaken());
  Client witness(cloud_, cloud_.customer, vendor_.issue());  // a whole attempt, begun later
  EXPECT_EQ(witness.connect(), 5);
  EXPECT_EQ(cloud_.view().certificates().find(cloud_.customer.id, identity_.id()).error().code, Errc::not_found);
}

class AsAws : public ::testing::Test {};

TEST_F(AsAws, TheConnectionIsClosedWithoutAWord) {
  Cloud cloud(true);
  const Vendor vendor = Vendor::create("Acme");
  cloud.enroll(cloud.customer, vendor);
  cloud.update_ca(cloud.customer, vendor, [](cloud::CaCertificate& ca) { ca.template_body.clear(); });
  const Identity identity = vendor.issue();
  EXPECT_EQ(Client(cloud, cloud.customer, identity).connect(), std::nullopt);
  EXPECT_TRUE(cloud.view().certificates().find(cloud.customer.id, identity.id()));
}

}  // namespace
}  // namespace xl::gateway::testing
