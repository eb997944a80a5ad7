// SPDX-License-Identifier: Apache-2.0
#include "gateway/topic_map.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gateway/subscriptions.hpp"
#include "mqtt/topic.hpp"

namespace xl::gateway {
namespace {

const std::string kA = "111111111111";
const std::string kB = "222222222222";

const std::vector<std::string> kTopics = {"a",
                                          "a/b",
                                          "a/b/c",
                                          "x/y",
                                          "/",
                                          "/a",
                                          "data",
                                          "u/222222222222/a",
                                          "s",
                                          "222222222222/a",
                                          "$aws/things/t/shadow/get",
                                          "$SYS/broker",
                                          "$share"};
const std::vector<std::string> kFilters = {"#",
                                           "+",
                                           "+/#",
                                           "/#",
                                           "+/+/+",
                                           "a/#",
                                           "a/+",
                                           "a",
                                           "$aws/#",
                                           "$aws/+/+",
                                           "$SYS/#",
                                           "u/#",
                                           "s/+/$aws/#",
                                           "222222222222/#",
                                           "../#",
                                           "$share/g/#",
                                           "$share/g/a/+",
                                           "$share/222222222222.g/#",
                                           "+/222222222222/#"};

/// Does the engine, which knows nothing of accounts, hand a topic of `publisher` to a filter of `subscriber`?
bool reaches(const std::string& subscriber, const std::string& filter, const std::string& publisher,
             const std::string& topic) {
  auto mapped = engine_filter(subscriber, filter);
  if (!mapped) return false;
  std::string_view inner = *mapped;
  if (inner.starts_with("$share/")) inner = inner.substr(inner.find('/', 7) + 1);
  return mqtt::matches(inner, engine_topic(publisher, topic));
}

TEST(TopicMap, NoFilterOfOneAccountReachesATopicOfAnother) {
  for (const std::string& filter : kFilters) {
    for (const std::string& topic : kTopics) EXPECT_FALSE(reaches(kA, filter, kB, topic)) << filter << " got " << topic;
  }
}

TEST(TopicMap, InsideAnAccountFiltersMatchAsAtAws) {
  for (const std::string& filter : kFilters) {
    if (filter.starts_with("$share/")) continue;
    for (const std::string& topic : kTopics) {
      EXPECT_EQ(reaches(kA, filter, kA, topic), matches_aws(filter, topic)) << filter << " and " << topic;
    }
  }
}

TEST(TopicMap, AFilterThatStartsWithAWildcardNeverSeesReservedTopics) {
  for (const char* filter : {"#", "+", "+/#", "+/things/#"}) {
    EXPECT_FALSE(reaches(kA, filter, kA, "$aws/things/t/shadow/get")) << filter;
  }
  EXPECT_TRUE(reaches(kA, "$aws/things/t/#", kA, "$aws/things/t/shadow/get"));
}

TEST(TopicMap, AParentLevelIsNotPartOfItsSubtreeAtAws) {
  EXPECT_FALSE(reaches(kA, "a/#", kA, "a"));
  EXPECT_TRUE(reaches(kA, "a/#", kA, "a/b"));
  EXPECT_TRUE(reaches(kA, "a/#", kA, "a/b/c"));
  EXPECT_FALSE(matches_aws("a/#", "a"));
}

TEST(TopicMap, TheWayBackGivesTheAccountsOwnName) {
  for (const std::string& topic : kTopics) {
    EXPECT_EQ(account_topic(kA, engine_topic(kA, topic)), topic);
    EXPECT_EQ(account_topic(kA, engine_topic(kB, topic)), std::nullopt);
  }
}

TEST(TopicMap, SharedGroupsOfTwoAccountsAreTwoGroups) {
  EXPECT_NE(engine_filter(kA, "$share/g/a"), engine_filter(kB, "$share/g/a"));
  for (const char* bad : {"$share/", "$share/g", "$share/g/", "$share//a", "$share/+/a", "$share/g/$aws/#"}) {
    EXPECT_EQ(engine_filter(kA, bad), std::nullopt) << bad;
  }
}

TEST(TopicMap, WhatTheEngineWouldCloseTheConnectionForIsKnownBefore) {
  for (const char* bad : {"a\x01", "\n", "\x7f", "\xc2\x80", "\xc2\x9f", "\xef\xb7\x90", "\xef\xb7\xaf", "\xef\xbf\xbe",
                          "\xef\xbf\xbf", "\xf0\x9f\xbf\xbf", "\xf4\x8f\xbf\xbe"})
    EXPECT_FALSE(suits_engine(bad)) << bad;
  for (const char* good :
       {"a b", "\xc2\xa0", "\xc3\x80", "\xef\xb7\x8f", "\xef\xb7\xb0", "\xef\xbf\xbd", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(suits_engine(good)) << good;
  EXPECT_FALSE(suits_engine(std::string(200, '/')));
  EXPECT_FALSE(suits_engine(std::string(65'535, 'x')));
}

TEST(TopicMap, ClientIdsOfTwoAccountsNeverMeet) { EXPECT_NE(engine_client_id(kA, "c"), engine_client_id(kB, "c")); }

TEST(Subscriptions, AMessageCarriesTheNameThatWasSubscribed) {
  Subscriptions subscriptions;
  subscriptions.add("state", "thing/state");
  EXPECT_EQ(subscriptions.name_for("thing/state"), "state");
  EXPECT_EQ(subscriptions.name_for("thing/other"), "thing/other");
  subscriptions.add("thing/state", "thing/state");
  EXPECT_EQ(subscriptions.name_for("thing/state"), "thing/state");
  EXPECT_TRUE(subscriptions.has_exact("thing/state"));
  EXPECT_FALSE(subscriptions.has_exact("thing/other"));
}

TEST(Subscriptions, RefusedFiltersKeepTheirPlaceInTheAnswer) {
  Subscriptions subscriptions;
  subscriptions.await(7, {{false, true, false}});
  const Byte codes[] = {1, 0};
  EXPECT_EQ(subscriptions.merge(7, codes), std::string("\x01\x80\x00", 3));
  EXPECT_EQ(subscriptions.merge(7, codes), "");
}

}  // namespace
}  // namespace xl::gateway
