// SPDX-License-Identifier: Apache-2.0
#include "mqtt/topic.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xl::mqtt {
namespace {

TEST(TopicName, MayBeAnythingButEmptyWildcardOrNul) {
  EXPECT_TRUE(is_topic_name("a"));
  EXPECT_TRUE(is_topic_name("/"));
  EXPECT_TRUE(is_topic_name("a//b/"));
  EXPECT_TRUE(is_topic_name("$aws/things/x/shadow/get"));
  EXPECT_TRUE(is_topic_name("Füße/温度/🌡"));
  EXPECT_FALSE(is_topic_name(""));
  EXPECT_FALSE(is_topic_name("a/+"));
  EXPECT_FALSE(is_topic_name("a#"));
  EXPECT_FALSE(is_topic_name(std::string_view("a\0b", 3)));
}

TEST(TopicName, HoldsUpTo65535Bytes) {
  EXPECT_TRUE(is_topic_name(std::string(65'535, 'a')));
  EXPECT_FALSE(is_topic_name(std::string(65'536, 'a')));
}

TEST(TopicName, RefusesWhatIsNotUtf8) {
  for (const char* bad :
       {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xE2\x82",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x28\xA1", "\xF0\x9F\x8C"}) {
    EXPECT_FALSE(is_topic_name(bad)) << bad;
  }
  for (const char* good : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBB\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_topic_name(good)) << good;
  }
}

// source: MQTT 3.1.1 4.7.1.2 and 4.7.1.3, the examples
TEST(TopicFilter, AllowsWildcardsOnlyAsWholeLevels) {
  for (const char* good :
       {"#", "+", "/", "/+", "+/+", "sport/tennis/#", "sport/+/player1", "+/tennis/#", "a", "$SYS/#"}) {
    EXPECT_TRUE(is_topic_filter(good)) << good;
  }
  for (const char* bad : {"", "sport/tennis#", "sport/tennis/#/ranking", "sport+", "+a", "#/", "##", "a/++", "a/#b"}) {
    EXPECT_FALSE(is_topic_filter(bad)) << bad;
  }
}

TEST(TopicMatching, FollowsTheExamplesOfTheStandard) {
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/ranking"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"));
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("#", "sport/tennis"));
  EXPECT_TRUE(matches("#", "/"));
  EXPECT_TRUE(matches("sport/tennis/+", "sport/tennis/player2"));
  EXPECT_FALSE(matches("sport/tennis/+", "sport/tennis/player1/ranking"));
  EXPECT_FALSE(matches("sport/+", "sport"));
  EXPECT_TRUE(matches("sport/+", "sport/"));
  EXPECT_TRUE(matches("+/+", "/finance"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("+", "/finance"));
}

TEST(TopicMatching, ComparesLevelsExactlyAndByCase) {
  EXPECT_TRUE(matches("a/b", "a/b"));
  EXPECT_FALSE(matches("a/b", "a/b/c"));
  EXPECT_FALSE(matches("a/b/c", "a/b"));
  EXPECT_FALSE(matches("a/b", "a/B"));
  EXPECT_FALSE(matches("a/b", "a/bb"));
  EXPECT_FALSE(matches("a", "a/"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a", ""));
}

// source: MQTT 3.1.1 4.7.2
TEST(TopicMatching, KeepsLeadingWildcardsAwayFromDollarTopics) {
  EXPECT_FALSE(matches("#", "$SYS/x"));
  EXPECT_FALSE(matches("+/monitor/Clients", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS/x"));
  EXPECT_TRUE(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("a/#", "a/$b"));
}

}  // namespace
}  // namespace xl::mqtt
