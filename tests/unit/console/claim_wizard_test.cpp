// SPDX-License-Identifier: Apache-2.0
#include "console/claim_wizard.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/console/staged_console.hpp"
#include "unit/console/support.hpp"

namespace xl::console {
namespace {

namespace json = boost::json;
using cloud::ClaimState;
using test::eventually;
using test::header_of;

const std::string kVisitor = "claim_visitor=" + std::string(64, '1'),
                  kStranger = "claim_visitor=" + std::string(64, '2');

class ClaimWizardPages : public testing::Test {
 protected:
  ClaimWizardPages() { switch_wizard(true); }

  void switch_wizard(bool on) {
    site.write([&](cloud::Registry& registry) { return cloud::onboarding::set_wizard(registry, m.oem, on); });
  }
  net::HttpResponse claim(const std::string& label, const std::string& cookie = kVisitor,
                          const std::string& from = "192.0.2.1") {
    return site.call("POST", "/claim/oem/claims", json::serialize(json::object{{"label", label}}), cookie, from);
  }
  json::object claimed() {
    const auto answer = claim(m.label());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body).as_object();
  }
  std::string address_of(const json::object& claim) const {
    return "/claim/oem/claims/" + std::string(claim.at("id").as_string());
  }
  void tell() {
    site.write([this](cloud::Registry& registry) {
      return cloud::onboarding::begin_notify(registry, {}, m.fingerprint, "session", m.now).map([](const auto&) {});
    });
  }
  void arrive(const cloud::Account& account) {
    site.write([&](cloud::Registry& registry) {
      return cloud::onboarding::note_visit(registry, {}, account, m.fingerprint, m.now);
    });
  }

  test::StagedConsole site;
  const cloud::test::StagedModule& m = site.module;
};

TEST_F(ClaimWizardPages, AreThereOnlyWhileTheAccountHasAWizard) {
  for (const char* path : {"/claim/oem", "/claim/oem/", "/claim/oem/clm-1"}) {
    const auto page = site.call("GET", path);
    EXPECT_EQ(page.status, 503) << "no pages are installed in this test, so the page itself is asked for";
    const std::string cookie = header_of(page, "Set-Cookie");
    EXPECT_NE(cookie.find("; Path=/claim/oem; "), std::string::npos) << cookie;
    EXPECT_NE(cookie.find("; HttpOnly; SameSite=Lax"), std::string::npos) << cookie;
  }
  for (const char* path : {"/claim/staging", "/claim/nobody", "/claim/", "/claim/oem/x", "/claim/oem/claims"})
    EXPECT_EQ(site.call("GET", path, "", kVisitor).status, 404) << path;
  EXPECT_EQ(site.call("POST", "/claim/oem").status, 405);
  const std::string claim_address = address_of(claimed());
  switch_wizard(false);
  EXPECT_EQ(site.call("GET", "/claim/oem").status, 404);
  EXPECT_EQ(site.call("GET", claim_address, "", kVisitor).status, 404);
  EXPECT_EQ(claim(m.label()).status, 404);
}

TEST_F(ClaimWizardPages, KeepTheVisitorThatTheyKnow) {
  EXPECT_TRUE(header_of(site.call("GET", "/claim/oem", "", kVisitor), "Set-Cookie").starts_with(kVisitor + ";"));
  const auto first = header_of(site.call("GET", "/claim/oem"), "Set-Cookie");
  EXPECT_NE(first, header_of(site.call("GET", "/claim/oem"), "Set-Cookie"));
  const std::string made_up = "claim_visitor=" + std::string(64, 'x');
  EXPECT_FALSE(header_of(site.call("GET", "/claim/oem", "", made_up), "Set-Cookie").starts_with(made_up));
  for (const std::string& cookie : {std::string(), made_up}) EXPECT_EQ(claim(m.label(), cookie).status, 401);
}

TEST_F(ClaimWizardPages, AClaimIsItsVisitorsAlone) {
  const json::object first = claimed();
  EXPECT_EQ(first.at("state"), "PREPARED");
  EXPECT_EQ(first.at("isCurrent"), true);
  EXPECT_FALSE(first.contains("reason"));
  EXPECT_EQ(claimed().at("id"), first.at("id")) << "an answer that got lost is given again";
  for (const std::string action : {"", "/events"})
    EXPECT_EQ(site.call("GET", address_of(first) + action, "", kStranger).status, 404);
  EXPECT_EQ(site.call("POST", address_of(first) + "/retry", "{}", kStranger).status, 404);
  EXPECT_EQ(site.call("GET", address_of(first), "", kVisitor).status, 200);
  EXPECT_EQ(site.call("POST", address_of(first) + "/retry", "{}", kVisitor).status, 200);
}

TEST_F(ClaimWizardPages, RefuseEverythingInTheSameWords) {
  const std::string other_thing = crypto::label_text({std::string(40, 'b'), m.request().voucher});
  const std::string no_voucher = crypto::label_text({m.thing, std::nullopt});
  const auto unknown = claim(other_thing);
  EXPECT_EQ(unknown.status, 403);
  EXPECT_EQ(claim(no_voucher).body, unknown.body);
  claimed();
  EXPECT_EQ(claim(m.label(), kStranger).body, unknown.body);
  for (const char* text : {"", "hello", "XL1:", "XL1:zz"}) EXPECT_EQ(claim(text).status, 400) << text;
}

TEST_F(ClaimWizardPages, LimitRefusedAttemptsOfANetworkAndOfAnAccount) {
  const std::string wrong = crypto::label_text({std::string(40, 'b'), std::nullopt});
  for (int i = 0; i < Throttle::kFailuresMax; ++i) EXPECT_EQ(claim(wrong, kVisitor, "2001:db8::1").status, 403);
  EXPECT_EQ(claim(m.label(), kVisitor, "2001:db8::2").status, 429) << "the same network";
  EXPECT_EQ(claim(wrong, kVisitor, "2001:db8:0:1::1").status, 403);
  for (int i = 0; i < ClaimAttempts::kOfAccountMax; ++i) claim(wrong, kVisitor, "198.51.100." + std::to_string(i));
  EXPECT_EQ(claim(m.label(), kVisitor, "203.0.113.1").status, 429) << "the account's share is used up";
}

TEST_F(ClaimWizardPages, ClaimsThatSucceedAreNotCounted) {
  for (int i = 0; i < 2 * Throttle::kFailuresMax; ++i) claimed();
}

TEST_F(ClaimWizardPages, ShowTheClaimAsItGoesOnAndThenTheModulesData) {
  const json::object first = claimed();
  ASSERT_EQ(site.call("GET", address_of(first) + "/events", "", kVisitor).status, 200);
  const auto page = site.last_stream;
  const auto states = [&] {
    std::vector<std::string> out;
    for (const std::string& data : page->data_of("claim"))
      out.emplace_back(json::parse(data).as_object().at("state").as_string());
    return out;
  };
  EXPECT_EQ(states(), std::vector<std::string>{"PREPARED"});
  tell();
  ASSERT_TRUE(eventually([&] { return states().back() == "NOTIFYING"; }));
  arrive(m.oem);
  ASSERT_TRUE(eventually([&] { return states().back() == "COMPLETED"; }));
  ASSERT_TRUE(site.bus.publish(m.oem.id, {m.thing + "/#", R"({"t":21})", 0, false}));
  EXPECT_EQ(page->data_of("message").size(), 1u);
  EXPECT_FALSE(page->closed);

  arrive(m.vendor);  // after a factory reset: whoever has it next shall not be watched
  ASSERT_TRUE(eventually([&] { return page->closed.load(); }));
  EXPECT_EQ(site.call("GET", address_of(first) + "/events", "", kVisitor).status, 409);
  const auto now = json::parse(site.call("GET", address_of(first), "", kVisitor).body).as_object();
  EXPECT_EQ(now.at("isCurrent"), false);
  EXPECT_EQ(site.call("POST", address_of(first) + "/retry", "{}", kVisitor).status, 409);
}

TEST_F(ClaimWizardPages, TakeNoFormsOfOtherSites) {
  net::HttpRequest request{
      "POST", "/claim/oem/claims", {{"Content-Type", "text/plain"}, {"Cookie", kVisitor}}, "{}", ""};
  const auto recorder = std::make_shared<test::Recorder>();
  site.console->handle(std::move(request), recorder);
  EXPECT_EQ(recorder->answer.get_future().get().status, 415);
}

TEST(NetworkOf, AnIPv6AddressIsOneOfManyOfItsOwner) {
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::1"));
  EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_NE(network_of("::ffff:192.0.2.7"), network_of("::ffff:192.0.2.8"));
}

}  // namespace
}  // namespace xl::console
