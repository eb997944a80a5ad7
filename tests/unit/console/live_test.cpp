// SPDX-License-Identifier: Apache-2.0
#include <list>

#include "console/feeds.hpp"
#include "console/utf8.hpp"
#include "unit/console/support.hpp"

namespace xl::console {
namespace {

using namespace std::chrono_literals;
using test::ConsoleSite;
using test::eventually;
using test::kThing;
using test::Listener;

const std::string kEvents = "/q/" + kThing + "/events";
const std::string kCommand = "/q/" + kThing + "/command";

TEST(LiveStream, NeedsASessionOfThatModule) {
  ConsoleSite site;
  site.grant("other", "right");
  const std::string of_other = site.sign_in("other");
  EXPECT_EQ(site.get(kEvents).status, 401);
  EXPECT_EQ(site.get(kEvents, {{"Cookie", of_other}}).status, 401);
  EXPECT_EQ(site.get(kEvents, {{"Cookie", "quick_connect=" + std::string(64, '0')}}).status, 401);
  EXPECT_EQ(site.get(kEvents, {{"Cookie", "quick_connect=;;=;quick_connect"}}).status, 401);
}

TEST(LiveStream, TellsPresenceMessagesAndStates) {
  ConsoleSite site;
  Listener page(site, kEvents, "theme=dark; " + site.sign_in());
  EXPECT_NE(page.head().find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_EQ(page.event(), "event: presence\ndata: {\"connected\":true}\n\n");
  ASSERT_TRUE(eventually([&] { return site.bus.subscriptions() == 2; }));

  ASSERT_TRUE(site.bus.publish(test::kAccount, {kThing + "/data", "{\"t\": 21}", 0, false}));
  const std::string message = page.event();
  EXPECT_TRUE(message.starts_with("event: message\ndata: {\"topic\":\"" + kThing +
                                  "/data\",\"payload\":\"{\\\"t\\\": 21}\",\"timestamp\":"))
      << message;
  ASSERT_TRUE(site.bus.publish(test::kAccount, {kThing + "/state", "led on", 0, false}));
  EXPECT_TRUE(page.event().starts_with("event: state\n"));
  ASSERT_TRUE(site.bus.publish("999999999999", {kThing + "/data", "another account's", 0, false}));
  site.presence.set(false);
  EXPECT_EQ(page.event(), "event: presence\ndata: {\"connected\":false}\n\n");
}

TEST(LiveStream, EndsItsSubscriptionsWhenThePageGoes) {
  ConsoleSite site;
  {
    Listener page(site, kEvents, site.sign_in());
    EXPECT_NE(page.event(), "");
    EXPECT_TRUE(eventually([&] { return site.bus.subscriptions() == 2; }));
  }
  EXPECT_TRUE(eventually([&] { return site.bus.subscriptions() == 0; }));
}

TEST(LiveStream, IsLimitedPerModule) {
  ConsoleSite site;
  const std::string cookie = site.sign_in();
  std::list<Listener> pages;
  for (std::size_t i = 0; i < Feeds::kPerThingMax; ++i)
    EXPECT_NE(pages.emplace_back(site, kEvents, cookie).event(), "");
  EXPECT_EQ(site.get(kEvents, {{"Cookie", cookie}}).status, 429);
  pages.pop_back();
  EXPECT_TRUE(eventually([&] { return site.bus.subscriptions() == 2 * (Feeds::kPerThingMax - 1); }));
  EXPECT_NE(pages.emplace_back(site, kEvents, cookie).event(), "");
}

/// A stream without a network.
struct FakeStream final : net::EventStream {
  std::atomic<bool> closed = false;
  bool send(std::string_view, std::string_view) override { return !closed; }
  void close() override { closed = true; }
  void on_close(std::function<void()>) override {}
};

TEST(LiveStream, EndsWithItsGrant) {
  ConsoleSite site;
  const auto feeds = std::make_shared<Feeds>(site.store, site.bus, site.presence, 2ms);
  const auto grant = *site.store.grants.find_by_thing(kThing);
  const auto stream = std::make_shared<FakeStream>();
  feeds->open(viewer_of({grant.account_id, kThing, grant.secret_sha256, wall_now() + 1h}), stream);
  const auto expired = std::make_shared<FakeStream>();
  feeds->open(viewer_of({grant.account_id, kThing, grant.secret_sha256, wall_now() - 1s}), expired);
  EXPECT_TRUE(eventually([&] { return expired->closed.load(); }));
  EXPECT_FALSE(stream->closed);
  site.grant(kThing, "a new secret");
  EXPECT_TRUE(eventually([&] { return stream->closed.load(); }));
}

TEST(Session, EndsWhenItsGrantIsReplacedOrRemoved) {
  ConsoleSite site;
  const std::string first = site.sign_in();
  EXPECT_EQ(site.post(kCommand, R"({"payload":"x"})", {{"Cookie", first}}).status, 202);
  site.grant(kThing, "another");
  EXPECT_EQ(site.post(kCommand, R"({"payload":"x"})", {{"Cookie", first}}).status, 401);
  const std::string second = site.sign_in(kThing, "another");
  ASSERT_TRUE(site.store.grants.remove(test::kAccount, kThing));
  EXPECT_EQ(site.post(kCommand, R"({"payload":"x"})", {{"Cookie", second}}).status, 401);
}

TEST(Command, GoesToTheModulesStateTopic) {
  ConsoleSite site;
  const auto answer = site.post(kCommand, R"({"payload":"led on\u0001\n"})", {{"Cookie", site.sign_in()}});
  EXPECT_EQ(answer.status, 202);
  ASSERT_EQ(site.bus.published.size(), 1u);
  EXPECT_EQ(site.bus.published[0].topic, kThing + "/state");
  EXPECT_EQ(site.bus.published[0].payload, "led on\x01\n");
  EXPECT_FALSE(site.bus.published[0].retain);
}

TEST(Command, SaysThatTheModuleIsOfflineOrTheEngineAway) {
  ConsoleSite site;
  const net::HttpHeaders cookie{{"Cookie", site.sign_in()}};
  site.bus.away = true;
  EXPECT_EQ(site.post(kCommand, R"({"payload":"x"})", cookie).status, 503);
  site.presence.set(false);
  const auto offline = site.post(kCommand, R"({"payload":"x"})", cookie);
  EXPECT_EQ(offline.status, 409);
  EXPECT_NE(offline.body.find("not connected"), std::string::npos);
  EXPECT_TRUE(site.bus.published.empty());
}

TEST(Command, RefusesStrangersFormsAndGiants) {
  ConsoleSite site;
  const std::string cookie = site.sign_in();
  EXPECT_EQ(site.post(kCommand, R"({"payload":"x"})").status, 401);
  EXPECT_EQ(site.post(kCommand, R"({"payload":"x"})", {{"Cookie", cookie}, {"Content-Type", "text/plain"}}).status,
            415);
  EXPECT_EQ(site.post(kCommand, R"({"payload":7})", {{"Cookie", cookie}}).status, 400);
  const auto sized = [](std::size_t bytes) { return R"({"payload":")" + std::string(bytes, 'x') + R"("})"; };
  EXPECT_EQ(site.post(kCommand, sized(4097), {{"Cookie", cookie}}).status, 413);
  EXPECT_EQ(site.post(kCommand, sized(4096), {{"Cookie", cookie}}).status, 202);
}

TEST(MessageJson, GivesTextAsTextAndTheRestAsBase64) {
  EXPECT_EQ(message_json({"t", "a\"\xC3\xA4", 0, false}, from_millis(5)),
            "{\"topic\":\"t\",\"payload\":\"a\\\"\xC3\xA4\",\"timestamp\":5}");
  EXPECT_EQ(message_json({"t", "\xFF\x01", 0, false}, from_millis(5)),
            R"({"topic":"t","payload_base64":"/wE=","timestamp":5})");
}

TEST(Utf8, AcceptsWellFormedTextAlone) {
  for (const char* good :
       {"", "abc", "\xC2\x80", "\xE0\xA0\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good));
  for (const char* bad : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFFz"})
    EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace xl::console
