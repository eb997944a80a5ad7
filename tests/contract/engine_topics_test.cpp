// SPDX-License-Identifier: Apache-2.0
// Who hears what inside an engine that knows nothing of accounts (docs/security.md "Topics of tenants").
#include <algorithm>

#include "contract/engine_suite.hpp"
#include "gateway/topic_map.hpp"

namespace xl::contract {
namespace {

using Messages = std::vector<std::string>;

const std::vector<std::string> kTopics = {"a",
                                          "a/b",
                                          "a/b/c",
                                          "x/y",
                                          "/",
                                          "/a",
                                          "a/",
                                          "data",
                                          "x.y/a.b/z",
                                          "two words/\xc3\xbc",
                                          "u/222222222222/a",
                                          "s",
                                          "222222222222/a",
                                          "$aws/things/t/shadow/get",
                                          "$aws",
                                          "$SYS/broker",
                                          "$share"};
const std::vector<std::string> kFilters = {"#",
                                           "+",
                                           "+/#",
                                           "/#",
                                           "/+",
                                           "+/+/+",
                                           "a/#",
                                           "a/+",
                                           "a",
                                           "a/+/#",
                                           "x.y/+/z",
                                           "two words/+",
                                           "$aws/#",
                                           "$aws/+/+",
                                           "$aws/things/t/shadow/get",
                                           "$SYS/#",
                                           "$SYS/broker/+",
                                           "u/#",
                                           "s/+/$aws/#",
                                           "222222222222/#",
                                           "../#",
                                           "$share/g/#",
                                           "$share/g/a/+",
                                           "$share/h/a/#",
                                           "$share/222222222222.g/#",
                                           "+/222222222222/#"};

/// What a subscriber alone in its group hears.
std::string without_group(const std::string& filter) {
  return filter.starts_with("$share/") ? filter.substr(filter.find('/', 7) + 1) : filter;
}

TEST_P(EngineContract, EachFilterHearsWhatAwsWouldDeliverAndNothingOfAnotherAccount) {
  std::vector<std::unique_ptr<EngineClient>> ears;
  for (const std::string& filter : kFilters) {
    ears.push_back(connected(kOurs, "ear-" + std::to_string(ears.size())));
    ASSERT_EQ(ears.back()->subscribe(filter), 1) << filter;
  }
  const auto theirs = connected(kTheirs, "speaker"), ours = connected(kOurs, "speaker");
  for (const std::string& topic : kTopics) {
    ASSERT_TRUE(theirs->publish(topic, "theirs")) << topic;
    ASSERT_TRUE(ours->publish(topic, "ours")) << topic;
  }
  for (std::size_t i = 0; i < kFilters.size(); ++i) {
    Messages expected;
    for (const std::string& topic : kTopics) {
      if (gateway::matches_aws(without_group(kFilters[i]), topic)) expected.push_back(topic + " ours");
    }
    std::ranges::sort(expected);
    EXPECT_EQ(ears[i]->heard(), expected) << kFilters[i];
  }
}

TEST_P(EngineContract, AWildcardAtTheEndHearsChildrenAndNotTheParent) {
  const auto ear = connected(kOurs, "ear"), speaker = connected(kOurs, "speaker");
  ASSERT_EQ(ear->subscribe("f/#"), 1);
  for (const char* topic : {"f", "f/", "f/g", "f/g/h"}) ASSERT_TRUE(speaker->publish(topic, "x"));
  EXPECT_EQ(ear->heard(), (Messages{"f/ x", "f/g x", "f/g/h x"}));
}

TEST_P(EngineContract, UnsubscribedFiltersFallSilent) {
  const auto ear = connected(kOurs, "ear"), speaker = connected(kOurs, "speaker");
  for (const char* filter : {"f/#", "$aws/#"}) {
    ASSERT_EQ(ear->subscribe(filter), 1);
    ASSERT_TRUE(ear->unsubscribe(filter));
  }
  for (const char* topic : {"f/g", "$aws/g"}) ASSERT_TRUE(speaker->publish(topic, "x"));
  EXPECT_EQ(ear->heard(), Messages{});
}

TEST_P(EngineContract, AGroupSharesInsideItsAccountAlone) {
  const auto first = connected(kOurs, "first"), second = connected(kOurs, "second"),
             theirs = connected(kTheirs, "first");
  for (const auto* member : {&first, &second, &theirs}) ASSERT_EQ((*member)->subscribe("$share/g/work"), 1);
  const auto speaker = connected(kOurs, "speaker");
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(speaker->publish("work", std::to_string(i)));
  Messages all = first->heard();
  std::ranges::copy(second->heard(), std::back_inserter(all));
  std::ranges::sort(all);
  EXPECT_EQ(all, (Messages{"work 0", "work 1", "work 2", "work 3", "work 4", "work 5", "work 6", "work 7"}));
  EXPECT_EQ(theirs->heard(), Messages{});
}

TEST_P(EngineContract, WhatSuitsTheEngineCostsNoConnection) {
  const auto ear = connected(kOurs, "ear"), speaker = connected(kOurs, "speaker");
  std::string deepest(190, '/'), longest(65'000, 'x');
  for (const std::string& topic : {deepest, "$" + deepest, longest, std::string("\xef\xbb\xbf"), std::string(" ")}) {
    ASSERT_TRUE(gateway::suits_engine(topic));
    ASSERT_EQ(ear->subscribe(topic), 1);
    ASSERT_TRUE(speaker->publish(topic, "x", true));
    EXPECT_EQ(ear->heard(), Messages{topic + " x"});
  }
  deepest.pop_back();
  EXPECT_EQ(ear->subscribe(deepest + "#"), 1) << "which is mapped to a level more";
}

TEST_P(EngineContract, WhatIsRetainedGreetsWhoeverSubscribesInItsAccount) {
  const auto speaker = connected(kOurs, "speaker");
  ASSERT_TRUE(speaker->publish("shelf/lamp", "on", true));
  ASSERT_TRUE(speaker->publish("$aws/lamp", "reserved", true));
  const auto ours = connected(kOurs, "ours"), theirs = connected(kTheirs, "theirs");
  for (const char* filter : {"shelf/lamp", "$aws/lamp", "#", "$aws/#", "+/222222222222/#", "u/#"}) {
    ASSERT_EQ(theirs->subscribe(filter), 1);
  }
  EXPECT_EQ(theirs->heard(), Messages{});
  ASSERT_EQ(ours->subscribe("shelf/lamp"), 1);
  EXPECT_EQ(ours->heard(), Messages{"retained shelf/lamp on"});
  ASSERT_TRUE(speaker->publish("shelf/lamp", "off", true));
  EXPECT_EQ(ours->heard(), Messages{"shelf/lamp off"}) << "live, it is a message like others";
  ASSERT_TRUE(speaker->publish("shelf/lamp", "", true));  // MQTT 3.1.1 3.3.1.3: forgets it
  const auto late = connected(kOurs, "late");
  ASSERT_EQ(late->subscribe("shelf/lamp"), 1);
  EXPECT_EQ(late->heard(), Messages{});
}

}  // namespace
}  // namespace xl::contract
