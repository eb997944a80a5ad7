// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cloud/onboarding/waiting.hpp"
#include "cloud/onboarding/wizard.hpp"
#include "console/throttle.hpp"
#include "unit/console/staged_console.hpp"
#include "unit/console/support.hpp"

namespace xl::console {
namespace {

namespace json = boost::json;
using test::header_of;

class OperatorPages : public testing::Test {
 protected:
  OperatorPages() {
    site.insert_key(m.oem, "AKIAOEM", cloud::Role::admin);
    site.insert_key(m.oem, "AKIALOOK", cloud::Role::read_only);
    site.insert_key(m.vendor, "AKIAVENDOR", cloud::Role::admin);
  }

  /// The Cookie header's value.
  std::string sign_in(const std::string& key) {
    const auto answer = site.call("POST", "/console/api/session", key);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string cookie = header_of(answer, "Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
  }
  json::object look(const std::string& what, const std::string& cookie) {
    const auto answer = site.call("GET", "/console/api/" + what, "", cookie);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body).as_object();
  }
  cloud::Claim claim() {
    cloud::Claim out;
    site.write([&](cloud::Registry& registry) -> Status {
      XL_TRY(out, cloud::onboarding::claim_module(registry, m.settings(), m.oem, m.request(), wall_now()));
      return {};
    });
    return out;
  }
  void tell() {
    site.write([this](cloud::Registry& registry) {
      return cloud::onboarding::begin_notify(registry, {}, m.fingerprint, "session", wall_now()).map([](const auto&) {
      });
    });
  }
  void lose(const cloud::Claim& claim) {
    site.write([&](cloud::Registry& registry) -> Status {
      XL_TRY(const cloud::Claim now, registry.claims().find(claim.id));
      return cloud::onboarding::note_lost(registry, {}, now, wall_now());
    });
  }
  static std::vector<std::string> states(const json::object& thing) {
    std::vector<std::string> out;
    for (const auto& moment : thing.at("timeline").as_array()) {
      const auto text = [&](const char* member) { return std::string(moment.as_object().at(member).as_string()); };
      out.push_back(text("kind") + " " + text("state"));
    }
    return out;
  }

  test::StagedConsole site;
  const cloud::test::StagedModule& m = site.module;
};

TEST_F(OperatorPages, NeedASessionThatEndsWithItsKey) {
  EXPECT_EQ(site.call("GET", "/console/api/fleet").status, 401);
  EXPECT_EQ(site.call("POST", "/console/api/session", "AKIANOBODY").status, 403);
  const std::string cookie = sign_in("AKIAOEM");
  EXPECT_EQ(look("session", cookie).at("accountName"), "oem");
  const auto out = site.call("DELETE", "/console/api/session", "", cookie);
  EXPECT_EQ(out.status, 204);
  EXPECT_NE(header_of(out, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(site.call("GET", "/console/api/session", "", cookie).status, 401);
  const std::string other = sign_in("AKIAOEM");
  site.write([](cloud::Registry& registry) { return registry.accounts().disable_access_key("AKIAOEM"); });
  EXPECT_EQ(site.call("GET", "/console/api/fleet", "", other).status, 401);
}

TEST_F(OperatorPages, SlowGuessingDown) {
  for (int i = 0; i < Throttle::kFailuresMax; ++i)
    EXPECT_EQ(site.call("POST", "/console/api/session", "AKIANOBODY").status, 403);
  EXPECT_EQ(site.call("POST", "/console/api/session", "AKIAOEM").status, 429);
}

TEST_F(OperatorPages, ShowTheFleetWithCustodyAndLastClaims) {
  claim();
  const auto fleet = look("fleet", sign_in("AKIAOEM")).at("things").as_array();
  ASSERT_EQ(fleet.size(), 1u);
  const auto& row = fleet[0].as_object();
  EXPECT_EQ(row.at("thingName").as_string(), m.thing);
  EXPECT_EQ(row.at("custody"), "RESERVED");
  EXPECT_EQ(row.at("connected"), false);
  EXPECT_EQ(row.at("claim").as_object().at("state"), "PREPARED");
}

TEST_F(OperatorPages, TellEachModulesStoryInOneList) {
  claim();
  tell();
  site.write([this](cloud::Registry& registry) {
    return cloud::onboarding::note_visit(registry, {}, m.oem, m.fingerprint, wall_now());
  });
  const std::string path = "things/" + m.thing;
  const std::vector<std::string> of_customer{"custody RESERVED", "claim RESERVED",  "claim PREPARED", "claim NOTIFYING",
                                             "custody OWNED",    "claim CONFIRMED", "claim COMPLETED"};
  auto seen = states(look(path, sign_in("AKIAOEM")));
  std::ranges::sort(seen);
  auto expected = of_customer;
  std::ranges::sort(expected);
  EXPECT_EQ(seen, expected);
  auto of_vendor = states(look(path, sign_in("AKIAVENDOR")));
  EXPECT_EQ(of_vendor.size(), expected.size() + 1);
  EXPECT_EQ(of_vendor.front(), "custody FREE");
  EXPECT_EQ(site.call("GET", "/console/api/things/nothing", "", sign_in("AKIAOEM")).status, 404);
}

TEST_F(OperatorPages, ACustomerSeesNothingOfTheOwnersBeforeAndAfter) {
  const cloud::Account rival{"333333333333", "rival", cloud::AccountKind::customer, "r", m.now};
  claim();
  site.write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.accounts().insert(rival));
    XL_CHECK(registry.things().insert({rival.id, m.thing, "id", {}, 1, m.now}));
    return registry.accounts().insert_access_key({"AKIARIVAL", rival.id, cloud::Role::admin, "", true, m.now});
  });
  EXPECT_TRUE(states(look("things/" + m.thing, sign_in("AKIARIVAL"))).empty());
}

TEST_F(OperatorPages, ListStuckClaimsWithTheirReasonsAndTakeTheCustomersWord) {
  const cloud::Claim claimed = claim();
  const std::string cookie = sign_in("AKIAOEM"), path = "/console/api/claims/" + claimed.id;
  EXPECT_TRUE(look("stuck", cookie).at("claims").as_array().empty());
  tell();
  lose(claimed);
  const auto stuck = look("stuck", cookie).at("claims").as_array();
  ASSERT_EQ(stuck.size(), 1u);
  EXPECT_EQ(stuck[0].as_object().at("stall"), "unreachable");
  EXPECT_EQ(stuck[0].as_object().at("cancel"), "force");
  EXPECT_EQ(look("stuck", sign_in("AKIAVENDOR")).at("claims").as_array().size(), 1u);

  EXPECT_EQ(site.call("POST", path + "/retry", "{}", sign_in("AKIALOOK")).status, 403);
  EXPECT_EQ(site.call("POST", path + "/retry", "{}", sign_in("AKIAVENDOR")).status, 404);
  EXPECT_EQ(site.call("POST", path + "/retry", "{}", cookie).status, 200);
  EXPECT_EQ(site.call("POST", path + "/cancel", "{}", cookie).status, 409);
  EXPECT_EQ(site.call("POST", path + "/cancel", R"({"force":"yes"})", cookie).status, 409);
  const auto cancelled = site.call("POST", path + "/cancel", R"({"force":true})", cookie);
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(json::parse(cancelled.body).as_object().at("state"), "CANCELLED");
  const auto story = look("things/" + m.thing, cookie);
  EXPECT_EQ(story.at("registered"), false);
  EXPECT_EQ(states(story).back(), "claim CANCELLED") << "what was the account's own stays readable";
  EXPECT_EQ(look("claims", cookie).at("claims").as_array().size(), 1u);
}

TEST_F(OperatorPages, ListFindingsUntilSomebodyHasDealtWithThem) {
  cloud::Finding finding{
      "fnd-" + std::string(32, '1'), m.vendor.id, cloud::FindingKind::two_places, m.fingerprint, m.thing,
      "from 127.0.0.1 and 127.0.0.2"};
  site.write([&](cloud::Registry& registry) { return registry.findings().note(finding).map([](bool) {}); });
  site.insert_key(m.vendor, "AKIAVLOOK", cloud::Role::read_only);
  const std::string cookie = sign_in("AKIAVENDOR"), close = "/console/api/findings/" + finding.id + "/close";
  const auto open = look("findings", cookie).at("findings").as_array();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].as_object().at("kind"), "two_places");
  EXPECT_EQ(open[0].as_object().at("thingName").as_string(), m.thing);
  EXPECT_EQ(open[0].as_object().at("evidence").as_string(), finding.evidence);
  EXPECT_TRUE(look("findings", sign_in("AKIAOEM")).at("findings").as_array().empty()) << "another account's";

  EXPECT_EQ(site.call("POST", close, "{}", sign_in("AKIAVLOOK")).status, 403);
  EXPECT_EQ(site.call("POST", close, "{}", sign_in("AKIAOEM")).status, 404);
  const auto closed = site.call("POST", close, "{}", cookie);
  EXPECT_EQ(closed.status, 200);
  EXPECT_EQ(json::parse(closed.body).as_object().at("isOpen"), false);
  EXPECT_TRUE(look("findings", cookie).at("findings").as_array().empty());
  EXPECT_EQ(look("findings?closed=1", cookie).at("findings").as_array().size(), 1u);
}

TEST_F(OperatorPages, AVendorSeesGrantsAndKeys) {
  const auto seen = look("grants", sign_in("AKIAVENDOR"));
  EXPECT_EQ(seen.at("grants").as_array()[0].as_object().at("customer").as_object().at("name"), "oem");
  EXPECT_EQ(seen.at("keys").as_array()[0].as_object().at("id"), "LOT7");
  EXPECT_EQ(site.call("GET", "/console/api/grants", "", sign_in("AKIAOEM")).status, 404);
}

}  // namespace
}  // namespace xl::console
