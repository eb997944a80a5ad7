// SPDX-License-Identifier: Apache-2.0
#include "cloud/model/arn.hpp"

#include <gtest/gtest.h>

namespace xl::cloud::arn {
namespace {

TEST(Arn, NamesEveryResource) {
  const Builder arn("us-east-1", "123456789012");
  const std::string prefix = "arn:aws:iot:us-east-1:123456789012:";
  EXPECT_EQ(arn.certificate("ab"), prefix + "cert/ab");
  EXPECT_EQ(arn.ca_certificate("ab"), prefix + "cacert/ab");
  EXPECT_EQ(arn.thing("t"), prefix + "thing/t");
  EXPECT_EQ(arn.policy("p"), prefix + "policy/p");
  EXPECT_EQ(arn.provisioning_template("x"), prefix + "provisioningtemplate/x");
  EXPECT_EQ(arn.client("c"), prefix + "client/c");
  EXPECT_EQ(arn.topic("a/b"), prefix + "topic/a/b");
  EXPECT_EQ(arn.topic_filter("a/+"), prefix + "topicfilter/a/+");
}

}  // namespace
}  // namespace xl::cloud::arn
