// SPDX-License-Identifier: Apache-2.0
#include "console/sessions.hpp"
#include "console/throttle.hpp"
#include "unit/console/support.hpp"

namespace xl::console {
namespace {

using namespace std::chrono_literals;
using test::ConsoleSite;
using test::header_of;
using test::kThing;

const std::string kSession = "/q/" + kThing + "/session";

TEST(SignIn, TradesTheSecretForACookieOfThatModuleAlone) {
  const ConsoleSite site;
  const auto answer = site.post(kSession, R"({"secret":"right"})");
  EXPECT_EQ(answer.status, 204);
  const std::string cookie = header_of(answer, "Set-Cookie");
  EXPECT_NE(cookie.find("; Path=/q/" + kThing + ";"), std::string::npos) << cookie;
  EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("; SameSite=Strict"), std::string::npos);
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);
  EXPECT_EQ(cookie.find("right"), std::string::npos);
}

/// Keeps what it was answered.
struct Recorder final : net::HttpResponder {
  net::HttpResponse response;
  void respond(net::HttpResponse answer) override { response = std::move(answer); }
  std::shared_ptr<net::EventStream> start_event_stream(net::HttpHeaders) override { return nullptr; }
  void switch_protocols(net::HttpHeaders, int) override { FAIL() << "pages speak HTTP"; }
};

TEST(SignIn, MarksTheCookieSecureOverTls) {
  const ConsoleSite site;
  net::HttpRequest request{"POST", kSession, {{"Content-Type", "application/json"}}, R"({"secret":"right"})",
                           "::1",  true};
  const auto recorder = std::make_shared<Recorder>();
  site.console->handle(request, recorder);
  EXPECT_TRUE(header_of(recorder->response, "Set-Cookie").ends_with("; Secure"));
}

TEST(SignIn, RefusesAWrongSecretAndAnUnknownModuleAlike) {
  ConsoleSite site;
  const auto wrong = site.post(kSession, R"({"secret":"wrong"})");
  const auto unknown = site.post("/q/" + std::string(40, 'b') + "/session", R"({"secret":"right"})");
  site.grant("expired", "right", -1h);
  const auto expired = site.post("/q/expired/session", R"({"secret":"right"})");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(header_of(wrong, "Set-Cookie"), "");
  for (const auto* other : {&unknown, &expired}) {
    EXPECT_EQ(other->status, 403);
    EXPECT_EQ(other->body, wrong.body);
  }
}

TEST(SignIn, SlowsGuessingDownPerModule) {
  ConsoleSite site;
  site.grant("other", "right");
  for (int i = 0; i < Throttle::kFailuresMax; ++i) EXPECT_EQ(site.post(kSession, R"({"secret":"wrong"})").status, 403);
  const auto stopped = site.post(kSession, R"({"secret":"right"})");
  EXPECT_EQ(stopped.status, 429);
  EXPECT_EQ(header_of(stopped, "Retry-After"), "60");
  EXPECT_EQ(site.post("/q/other/session", R"({"secret":"right"})").status, 204);
}

TEST(SignIn, RefusesWhatNoScriptOfOursSends) {
  const ConsoleSite site;
  EXPECT_EQ(site.post(kSession, "secret=right", {{"Content-Type", "application/x-www-form-urlencoded"}}).status, 415);
  EXPECT_EQ(site.post(kSession, R"({"secret":"right"})", {{"Content-Type", "text/plain"}}).status, 415);
  for (const char* body : {"", "{", "[]", "null", R"({"secret":5})", R"({"secret":null})", "[[[[[[[[1]]]]]]]]"})
    EXPECT_EQ(site.post(kSession, body).status, 400) << body;
  EXPECT_EQ(site.post(kSession, R"({"secret":")" + std::string(64 << 10, 'x') + R"("})").status, 413);
}

cloud::ViewerGrants::Grant grant_of(const std::string& thing) {
  return {std::string(test::kAccount), thing, std::string(64, '0'), from_millis(0) + 240h};
}

TEST(Sessions, AreForOneThingAndOneDay) {
  Sessions sessions;
  const UnixMillis start = from_millis(0);
  const std::string id = sessions.open(grant_of("a"), start);
  EXPECT_EQ(id.size(), 64u);
  EXPECT_TRUE(sessions.find(id, "a", start + 23h));
  EXPECT_FALSE(sessions.find(id, "b", start));
  EXPECT_FALSE(sessions.find(id, "a", start + 24h));
  EXPECT_FALSE(sessions.find(std::string(64, '0'), "a", start));
  sessions.close(id);
  EXPECT_FALSE(sessions.find(id, "a", start));
}

TEST(Sessions, EndTheThingsOldestWhenItHasTooMany) {
  Sessions sessions;
  const UnixMillis start = from_millis(0);
  const std::string other = sessions.open(grant_of("other"), start);
  const std::string oldest = sessions.open(grant_of("a"), start);
  for (std::size_t i = 1; i <= Sessions::kPerThingMax; ++i) sessions.open(grant_of("a"), start + i * 1s);
  EXPECT_EQ(sessions.size(), Sessions::kPerThingMax + 1);
  EXPECT_FALSE(sessions.find(oldest, "a", start));
  EXPECT_TRUE(sessions.find(other, "other", start));
}

TEST(Sessions, AreBounded) {
  Sessions sessions;
  for (std::size_t i = 0; i < Sessions::kMax + 10; ++i)
    sessions.open(grant_of(std::to_string(i)), from_millis(static_cast<std::int64_t>(i)));
  EXPECT_EQ(sessions.size(), Sessions::kMax);
}

TEST(Throttle, ForgetsAfterItsWindowAndIsBounded) {
  Throttle throttle;
  const UnixMillis start = from_millis(0);
  for (int i = 0; i < Throttle::kFailuresMax; ++i) throttle.note_failure("a", start);
  EXPECT_FALSE(throttle.allows("a", start + 59s));
  EXPECT_TRUE(throttle.allows("b", start));
  EXPECT_TRUE(throttle.allows("a", start + 60s));
  for (std::size_t i = 0; i < Throttle::kKeysMax + 10; ++i) throttle.note_failure(std::to_string(i), start);
  EXPECT_EQ(throttle.size(), Throttle::kKeysMax);
}

}  // namespace
}  // namespace xl::console
