// SPDX-License-Identifier: Apache-2.0
#include "gateway/lookup.hpp"

#include <gtest/gtest.h>

#include "unit/gateway/client.hpp"
#include "unit/gateway/support.hpp"

namespace xl::gateway::testing {
namespace {

class Remembered : public ::testing::Test {
 protected:
  void SetUp() override {
    cloud.enroll(cloud.staging, vendor);
    for (const Identity* device : {&lamp, &lock}) {
      Client client(cloud, cloud.staging, *device);
      ASSERT_EQ(client.connect(), 0);
    }
    ASSERT_TRUE(lookup.refresh());
    (void)lookup.take_touched();
  }

  Cloud cloud;
  const Vendor vendor = Vendor::create("acme");
  const Identity lamp = vendor.issue(), lock = vendor.issue();
  Lookup lookup{cloud.view()};
};

TEST_F(Remembered, AStatusIsNewAfterARefresh) {
  ASSERT_TRUE(lookup.admit_known(cloud.staging, lamp.id()));
  cloud.set_status(cloud.staging, lamp, cloud::CertificateStatus::revoked);
  ASSERT_TRUE(lookup.refresh());
  const auto refused = lookup.admit_known(cloud.staging, lamp.id());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("REVOKED"), std::string::npos);
}

TEST_F(Remembered, OnlyWhatChangedIsTouched) {
  const auto before = lookup.admit_known(cloud.staging, lock.id());
  cloud.set_status(cloud.staging, lamp, cloud::CertificateStatus::inactive);
  ASSERT_TRUE(lookup.refresh());
  const auto touched = lookup.take_touched();
  EXPECT_TRUE(touched.contains("", lamp.id()));
  EXPECT_FALSE(touched.contains("", lock.id()));
  EXPECT_EQ(*lookup.admit_known(cloud.staging, lock.id()), *before) << "the same object: it was not read again";
  EXPECT_TRUE(lookup.take_touched().empty());
}

TEST_F(Remembered, RefusalsAreAskedAgainEachTime) {
  cloud.set_status(cloud.staging, lamp, cloud::CertificateStatus::inactive);
  EXPECT_FALSE(lookup.admit_known(cloud.staging, lamp.id()));
  cloud.set_status(cloud.staging, lamp, cloud::CertificateStatus::active);
  EXPECT_TRUE(lookup.admit_known(cloud.staging, lamp.id()));
}

TEST_F(Remembered, AClockThatJumpsOutsideTheDatesIsRefusedAndOneThatComesBackIsAdmitted) {
  const auto admitted = lookup.admit_known(cloud.staging, lamp.id());
  ASSERT_TRUE(admitted);
  const auto early = (*admitted)->valid_from - std::chrono::milliseconds(1);
  const auto late = (*admitted)->valid_until + std::chrono::milliseconds(1);
  for (const auto& [now, reason] : {std::pair(early, "not valid yet"), std::pair(late, "expired")}) {
    const auto refused = lookup.admit_known(cloud.staging, lamp.id(), now);
    ASSERT_FALSE(refused) << reason;
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_NE(refused.error().detail.find(reason), std::string::npos) << refused.error().detail;
  }
  EXPECT_TRUE(lookup.admit_known(cloud.staging, lamp.id(), (*admitted)->valid_until));
  EXPECT_TRUE(lookup.admit_known(cloud.staging, lamp.id()));
}

TEST_F(Remembered, APolicyThatDoesNotParseIsAnError) {
  cloud::provisioning::Principal principal;
  principal.policies.push_back({});
  principal.policies.back().document = R"({"Effect":"Maybe"})";
  const auto policies = lookup.policies_of(principal);
  ASSERT_FALSE(policies);
  EXPECT_EQ(policies.error().code, Errc::invalid_argument);
}

TEST(Memory, StartsAnewWhenItIsFull) {
  Memory<int, int> memory(2);
  memory.keep(1, 10);
  memory.keep(2, 20);
  EXPECT_EQ(*memory.find(1), 10);
  memory.keep(3, 30);
  EXPECT_EQ(memory.find(1), nullptr);
  EXPECT_EQ(*memory.find(3), 30);
}

}  // namespace
}  // namespace xl::gateway::testing
