// SPDX-License-Identifier: Apache-2.0
#include "module/onboarding/endpoint_update.hpp"

#include <gtest/gtest.h>

#include <string>

#include "module/onboarding/host_name.hpp"

namespace xl::module::onboarding {
namespace {

std::string requested(std::string_view payload) {
  const auto endpoint = requested_endpoint(as_bytes(payload));
  return endpoint ? std::string(endpoint->view()) : "nothing";
}

TEST(EndpointUpdate, ReadsTheEndpointAmongOtherMembers) {
  EXPECT_EQ(requested(R"({"Endpoint":"a.example.com"})"), "a.example.com");
  EXPECT_EQ(requested(" {\t\"Endpoint\" : \"a.example.com\"\r\n} \n"), "a.example.com");
  EXPECT_EQ(
      requested(R"({"v":1,"x":{"Endpoint":"no"},"Endpoint":"a.b","y":[1,-2.5e+3,true,false,null,"\u00e9\n",[],{}]})"),
      "a.b");
  EXPECT_EQ(requested(R"({"\u0045ndpoint":"a\u002eb"})"), "a.b");
}

TEST(EndpointUpdate, AsksForNothingWhenItIsNotJson) {
  for (const auto* payload : {"",
                              " ",
                              "a.b",
                              "{",
                              "{}",
                              "[]",
                              "\"Endpoint\"",
                              R"({"Endpoint":"a.b")",
                              R"({"Endpoint":"a.b"},)",
                              R"({"Endpoint":"a.b",})",
                              R"({"Endpoint" "a.b"})",
                              R"({Endpoint:"a.b"})",
                              R"({"Endpoint":'a.b'})",
                              R"({"Endpoint":"a.b"}x)",
                              R"({"x":01,"Endpoint":"a.b"})",
                              R"({"x":1.,"Endpoint":"a.b"})",
                              R"({"x":nul,"Endpoint":"a.b"})",
                              R"({"x":"\q","Endpoint":"a.b"})",
                              R"({"x":"\u12","Endpoint":"a.b"})",
                              "{\"Endpoint\":\"a.b\n\"}",
                              R"({"Endpoint":"a.b)",
                              R"({"Endpoint":"a.b\)"}) {
    EXPECT_EQ(requested(payload), "nothing") << payload;
  }
}

TEST(EndpointUpdate, AsksForNothingWhenTheValueIsNoHostName) {
  for (const auto* payload :
       {R"({"Endpoint":7})", R"({"Endpoint":null})", R"({"Endpoint":["a.b"]})", R"({"Endpoint":""})",
        R"({"endpoint":"a.b"})", R"({"Endpoint":"https://a.b"})", R"({"Endpoint":"a.b:8883"})",
        R"({"Endpoint":"a.b/c"})", R"({"Endpoint":" a.b"})", R"({"Endpoint":"a..b"})",
        R"({"Endpoint":"a.b","Endpoint":"c.d"})", R"({"Endpoint":"a\u0000.b"})"}) {
    EXPECT_EQ(requested(payload), "nothing") << payload;
  }
}

TEST(EndpointUpdate, SurvivesDeepNesting) {
  EXPECT_EQ(requested("{\"x\":" + std::string(100'000, '[')), "nothing");
  std::string objects = "{\"Endpoint\":\"a.b\",\"x\":";
  for (int i = 0; i < 20'000; ++i) objects += "{\"x\":";
  EXPECT_EQ(requested(objects), "nothing");
}

TEST(EndpointUpdate, RefusesNamesThatTheKeyCannotHold) {
  const std::string label(60, 'a');
  const std::string longest = label + "." + label + ".abcdef";
  ASSERT_EQ(longest.size(), 128U);
  EXPECT_EQ(requested("{\"Endpoint\":\"" + longest + "\"}"), longest);
  EXPECT_EQ(requested("{\"Endpoint\":\"" + longest + "g\"}"), "nothing");
  EXPECT_EQ(requested("{\"Endpoint\":\"" + std::string(5000, 'a') + "\"}"), "nothing");
}

TEST(HostName, FollowsTheRulesOfDns) {
  for (const auto* name : {"a", "localhost", "x1-ats.iot.eu-west-1.amazonaws.com", "3com.com", "A.B"}) {
    EXPECT_TRUE(is_host_name(name)) << name;
  }
  for (const auto* name : {"", ".", "a.", ".a", "-a.b", "a-.b", "a_b", "127.0.0.1", "::1", "a b", "\xc3\xa9.fr"}) {
    EXPECT_FALSE(is_host_name(name)) << name;
  }
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
  EXPECT_TRUE(is_same_host("A.Example", "a.eXAMPLE"));
  EXPECT_FALSE(is_same_host("a.example", "b.example"));
}

}  // namespace
}  // namespace xl::module::onboarding
