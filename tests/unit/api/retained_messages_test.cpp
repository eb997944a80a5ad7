// SPDX-License-Identifier: Apache-2.0
// Retained messages over the data plane; the engine's part is in tests/unit/gateway/retained_test.cpp.
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

class RetainedMessages : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    write([](cloud::Registry& registry) -> Status {
      for (const char* topic : {"line/1", "line/2", "lost"})
        XL_CHECK(registry.retained_topics().note({kVendor, topic, from_millis(1'800'000'000'123)}));
      return {};
    });
    retained_->keep(kVendor, {"line/1", "first", 1, true});
    retained_->keep(kVendor, {"line/2", "second!", 0, true});
    retained_->keep(kVendor, {"new", "not noted", 0, true});
  }
  bool is_noted(const std::string& topic) {
    const auto view = store_->open_view();
    return (*view)->retained_topics().find(kVendor, topic).has_value();
  }
  void publish(const std::string& topic, const std::string& payload) {
    EXPECT_EQ(call_as(vendor_key_, "POST", "/topics/" + topic + "?retain=true", payload, "iotdata").status, 200);
    write([](cloud::Registry&) { return Status(); });  // what was noted before is written now
  }
};

TEST_F(RetainedMessages, AreListedAsTheEngineHasThem) {
  const auto listed = call("GET", "/retainedMessage").json();
  const json::array expected{
      json::object{{"topic", "line/1"}, {"payloadSize", 5}, {"qos", 1}, {"lastModifiedTime", 1'800'000'000'123}},
      json::object{{"topic", "line/2"}, {"payloadSize", 7}, {"qos", 0}, {"lastModifiedTime", 1'800'000'000'123}}};
  EXPECT_EQ(listed.at("retainedTopics"), expected) << "one that the engine has lost is not shown";
  EXPECT_FALSE(listed.contains("nextToken"));
  const auto first = call("GET", "/retainedMessage?maxResults=1").json();
  EXPECT_EQ(first.at("retainedTopics").as_array().size(), 1u);
  const auto rest = call("GET", "/retainedMessage?nextToken=" + std::string(first.at("nextToken").as_string())).json();
  EXPECT_EQ(rest.at("retainedTopics").as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/retainedMessage?maxResults=201").status, 400);
  EXPECT_TRUE(call_as(other_key_, "GET", "/retainedMessage").json().at("retainedTopics").as_array().empty());
}

TEST_F(RetainedMessages, OneIsReadWithItsPayload) {
  const json::object expected{
      {"topic", "line/1"}, {"payload", "Zmlyc3Q="}, {"qos", 1}, {"lastModifiedTime", 1'800'000'000'123}};
  EXPECT_EQ(call("GET", "/retainedMessage/line%2F1").json(), expected);
  EXPECT_EQ(call("GET", "/retainedMessage/line/1").json(), expected);
  EXPECT_FALSE(call("GET", "/retainedMessage/new").json().contains("lastModifiedTime")) << "not known";
  EXPECT_EQ(call("GET", "/retainedMessage/lost").exception(), "ResourceNotFoundException");
  EXPECT_EQ(call_as(other_key_, "GET", "/retainedMessage/line%2F1").status, 404);
}

TEST_F(RetainedMessages, OneMoreThanTheAccountMayHaveIsRefused) {
  write([](cloud::Registry& registry) {
    return registry.accounts().set_limit(kVendor, cloud::limits::Limit::account_retained_messages, 3);
  });
  const auto attempt = [this](const crypto::Credentials& key, const std::string& query, const std::string& payload) {
    return call_as(key, "POST", "/topics/line%2F3" + query, payload, "iotdata");
  };
  const Answer refused = attempt(vendor_key_, "?retain=true", "third");
  EXPECT_EQ(std::pair(refused.status, refused.exception()), std::pair(429, std::string("ThrottlingException")));
  EXPECT_EQ(attempt(vendor_key_, "", "third").status, 200) << "without being retained";
  EXPECT_EQ(attempt(vendor_key_, "?retain=true", "").status, 200) << "takes one away";
  EXPECT_EQ(attempt(other_key_, "?retain=true", "third").status, 200);
  publish("line%2F1", "in the place of the first");
  publish("line%2F2", "");
  EXPECT_EQ(attempt(vendor_key_, "?retain=true", "third").status, 200);
}

TEST_F(RetainedMessages, APublicationIsNotedAndAnEmptyOneForgotten) {
  publish("line%2F3", "third");
  EXPECT_TRUE(is_noted("line/3"));
  publish("line%2F3", "");
  EXPECT_FALSE(is_noted("line/3"));
  EXPECT_EQ(call_as(vendor_key_, "POST", "/topics/passing", "x", "iotdata").status, 200);
  write([](cloud::Registry&) { return Status(); });
  EXPECT_FALSE(is_noted("passing"));
}

TEST_F(RetainedMessages, AReaderMayReadThemAndAClaimerMayNot) {
  const auto reader = add_key(kVendor, "AKIAREADERREADERREAD", cloud::Role::read_only);
  const auto claimer = add_key(kVendor, "AKIACLAIMERCLAIMERCL", cloud::Role::claim_only);
  EXPECT_EQ(call_as(reader, "GET", "/retainedMessage/line%2F1").status, 200);
  EXPECT_EQ(call_as(claimer, "GET", "/retainedMessage/line%2F1").exception(), "AccessDeniedException");
  EXPECT_EQ(call_as(claimer, "GET", "/retainedMessage").exception(), "AccessDeniedException");
}

}  // namespace
}  // namespace xl::api::test
