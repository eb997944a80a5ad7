// SPDX-License-Identifier: Apache-2.0
#include "cloud/services/jobs.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace xl::cloud::services {
namespace {

const UnixMillis kNow = from_millis(1'800'000'000'999);

boost::json::object payload_of(const std::optional<Message>& message) {
  EXPECT_TRUE(message);
  return message ? boost::json::parse(message->payload).as_object() : boost::json::object{};
}

std::optional<Message> ask(const std::string& topic, const std::string& payload) {
  return answer_jobs_request("lamp", {"$aws/things/lamp/jobs/" + topic, payload}, kNow);
}

TEST(Jobs, NothingIsPending) {
  const auto answer = ask("$next/get", R"({"clientToken":"t-1"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->topic, "$aws/things/lamp/jobs/$next/get/accepted");
  EXPECT_EQ(payload_of(answer), (boost::json::object{{"timestamp", 1'800'000'000}, {"clientToken", "t-1"}}));
  EXPECT_FALSE(payload_of(ask("start-next", "{}")).contains("execution"));
  EXPECT_TRUE(payload_of(ask("get", "")).at("queuedJobs").as_array().empty());
}

TEST(Jobs, TheTokenIsEchoedOnlyWhenGiven) {
  EXPECT_FALSE(payload_of(ask("$next/get", "")).contains("clientToken"));
  EXPECT_FALSE(payload_of(ask("$next/get", "{}")).contains("clientToken"));
}

TEST(Jobs, MalformedRequestsAreRejectedWithACode) {
  const auto code = [](const std::string& payload) {
    const auto answer = ask("$next/get", payload);
    EXPECT_EQ(answer->topic, "$aws/things/lamp/jobs/$next/get/rejected");
    return std::string(payload_of(answer).at("code").as_string());
  };
  EXPECT_EQ(code("{"), "InvalidJson");
  EXPECT_EQ(code("[]"), "InvalidJson");
  EXPECT_EQ(code(std::string(100'000, '[')), "InvalidJson");
  EXPECT_EQ(code(R"({"clientToken":7})"), "InvalidRequest");
  EXPECT_EQ(code(R"({"clientToken":")" + std::string(65, 'x') + "\"}"), "InvalidRequest");
}

TEST(Jobs, OtherTopicsAreNotAnswered) {
  EXPECT_FALSE(ask("$next/get/accepted", ""));
  EXPECT_FALSE(ask("notify", ""));
  EXPECT_FALSE(answer_jobs_request("lamp", {"$aws/things/other/jobs/get", ""}, kNow));
  EXPECT_FALSE(answer_jobs_request("lamp", {"lamp/data", ""}, kNow));
}

}  // namespace
}  // namespace xl::cloud::services
