// SPDX-License-Identifier: Apache-2.0
// Damaged templates and login strings are refused or taken, but never crash. A failure prints its seed.
#include <gtest/gtest.h>

#include <random>

#include "cloud/provisioning/login_string.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::cloud::provisioning {
namespace {

std::string damaged(std::string text, unsigned seed) {
  std::mt19937 dice(seed);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(dice); };
  for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    switch (below(3)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      default:
        text.insert(at, text.substr(below(text.size()), 1 + below(30)));
    }
  }
  return text;
}

TEST(Garbage, Templates) {
  const std::string valid = R"({"Parameters":{"P":{"Type":"String","Default":"d"},"Q":{"Type":"String"}},
    "Mappings":{"M":{"d":{"k":"v"}}},"Resources":{
    "t":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Join":["-",[{"Ref":"P"},{"Fn::Select":[0,
      {"Fn::Split":["-",{"Ref":"Q"}]}]},{"Fn::FindInMap":["M",{"Ref":"P"},"k"]}]]},
      "AttributePayload":{"a":{"Fn::Sub":["${x}${P}",{"x":{"Ref":"Q"}}]}}},"OverrideSettings":{"AttributePayload":"MERGE"}},
    "p":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":{"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Action":"iot:*","Resource":"*"}]}}}}})";
  ASSERT_TRUE(check_template(valid)) << check_template(valid).error().detail;
  for (unsigned seed = 0; seed < 5'000; ++seed) {
    SCOPED_TRACE(seed);
    const std::string text = damaged(valid, seed);
    (void)check_template(text);
    (void)fill_template(text, {{"Q", "a-b"}});
  }
}

TEST(Garbage, LoginStrings) {
  const std::string valid =
      "?SDK=RTOS&SDKVersion=1&Platform=ExpressLink&Metadata=(Vendor=A; Model=B; FWversion=1; TechSpec=2; CustomName=C)";
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    SCOPED_TRACE(seed);
    (void)login_finding(damaged(valid, seed), "A");
  }
}

}  // namespace
}  // namespace xl::cloud::provisioning
