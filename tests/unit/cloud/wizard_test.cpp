// SPDX-License-Identifier: Apache-2.0
// Claims by people of whom nothing is known, over a real registry.
#include "cloud/onboarding/wizard.hpp"

#include <gtest/gtest.h>

#include "unit/cloud/staged_module.hpp"

namespace xl::cloud::onboarding {
namespace {

const std::string kVisitor(64, '1'), kStranger(64, '2');

class Wizard : public testing::Test {
 protected:
  Result<Claim> claim(const std::string& visitor, ClaimRequest request, const std::string& session = "") {
    Result<Claim> out = fail(Error::internal("not run"));
    const Status done = m.store->write([&](Registry& registry) -> Status {
      clock += std::chrono::milliseconds(1);  // the ids of claims sort by it
      XL_TRY(out, claim_as_visitor(registry, m.settings(session), m.oem, std::move(request), visitor, clock));
      return {};
    });
    return done ? out : fail(done.error());
  }
  void write(const RegistryStore::Work& work) {
    const Status done = m.store->write(work);
    ASSERT_TRUE(done) << done.error().detail;
  }
  void arrive() {
    write([this](Registry& registry) { return note_visit(registry, {}, m.oem, m.fingerprint, m.now); });
  }
  void expect_refused(const Result<Claim>& claimed) {
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().code, Errc::forbidden);
    EXPECT_EQ(claimed.error().detail, kClaimRefused);
  }

  test::StagedModule m;
  UnixMillis clock = m.now;
};

TEST_F(Wizard, IsOffUntilItIsSwitchedOnAndOnlyForCustomers) {
  EXPECT_FALSE(*has_wizard(*m.view, m.oem));
  write([this](Registry& registry) { return set_wizard(registry, m.oem, true); });
  EXPECT_TRUE(*has_wizard(*m.view, m.oem));
  write([this](Registry& registry) { return set_wizard(registry, m.oem, false); });
  EXPECT_FALSE(*has_wizard(*m.view, m.oem));
  const Status refused = m.store->write([this](Registry& registry) { return set_wizard(registry, m.vendor, true); });
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_FALSE(*has_wizard(*m.view, m.vendor));
}

TEST_F(Wizard, GivesTheSameVisitorHisClaimAgainAndNobodyElse) {
  const auto first = claim(kVisitor, m.request());
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->state, ClaimState::prepared);
  EXPECT_EQ(claim(kVisitor, m.request())->id, first->id);
  expect_refused(claim(kStranger, m.request()));
  EXPECT_EQ(claim_of_visitor(*m.view, m.oem, first->id, kVisitor, m.now)->id, first->id);
  EXPECT_EQ(claim_of_visitor(*m.view, m.oem, first->id, kStranger, m.now).error().code, Errc::not_found);
  EXPECT_EQ(claim_of_visitor(*m.view, m.vendor, first->id, kVisitor, m.now).error().code, Errc::not_found);
  const UnixMillis later = clock + kVisitorGrantLifetime;
  EXPECT_EQ(claim_of_visitor(*m.view, m.oem, first->id, kVisitor, later).error().code, Errc::not_found);
}

TEST_F(Wizard, NeedsTheVoucherWhateverTheGrantSays) {
  write([this](Registry& registry) { return m.allow(registry, Proof::open); });
  expect_refused(claim(kVisitor, {m.thing, std::nullopt, ""}));
  EXPECT_TRUE(claim(kVisitor, m.request()));
}

TEST_F(Wizard, GivesNoClaimOfTheAccountsOwnAway) {
  write([this](Registry& registry) {
    return claim_module(registry, m.settings(), m.oem, m.request(), m.now).map([](const Claim&) {});
  });
  expect_refused(claim(kVisitor, m.request()));
  arrive();
  expect_refused(claim(kVisitor, m.request()));
}

TEST_F(Wizard, AModuleThatWasResetIsClaimedAgainWithVoucherAndPresence) {
  const auto first = claim(kVisitor, m.request());
  ASSERT_TRUE(first);
  arrive();
  const Claim completed = *claim_of_visitor(*m.view, m.oem, first->id, kVisitor, m.now);
  EXPECT_EQ(completed.state, ClaimState::completed);
  EXPECT_TRUE(*is_current(*m.view, completed));
  expect_refused(claim(kStranger, m.request(), "session"));

  write([this](Registry& registry) { return note_visit(registry, {}, m.vendor, m.fingerprint, m.now); });
  EXPECT_EQ(m.custody().status, CustodyStatus::owned_reset);
  EXPECT_FALSE(*is_current(*m.view, completed)) << "its data is not his any more";
  expect_refused(claim(kStranger, m.request()));
  expect_refused(claim(kStranger, {m.thing, std::nullopt, ""}, "session"));
  const auto second = claim(kStranger, m.request(), "session");
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_NE(second->id, first->id);
  EXPECT_FALSE(*is_current(*m.view, completed));
  EXPECT_TRUE(*is_current(*m.view, *second));
}

}  // namespace
}  // namespace xl::cloud::onboarding
