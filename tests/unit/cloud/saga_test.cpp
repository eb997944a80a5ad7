// SPDX-License-Identifier: Apache-2.0
// The life of a claim, rule by rule (docs/onboarding.md "The saga").
#include "cloud/onboarding/saga.hpp"

#include <gtest/gtest.h>

#include <set>

namespace xl::cloud::onboarding {
namespace {

using S = ClaimState;
using E = ClaimEvent;

constexpr ClaimTimes kTimes;

Claim in(ClaimState state) {
  Claim claim;
  claim.account_id = "222222222222";
  claim.state = state;
  return claim;
}

Custody custody(CustodyStatus status, std::optional<std::string> owner = {}) {
  return {"fingerprint", "lamp", "111111111111", std::move(owner), status, 4};
}

TEST(Saga, EveryStateOfALiveClaimCanBeLeftAndNoOtherCan) {
  std::set<ClaimState> left;
  for (const Transition& transition : transitions()) {
    if (transition.to != transition.from) left.insert(transition.from);
  }
  for (std::size_t i = 0; i < kClaimStateNames.size(); ++i) {
    const Claim claim = in(static_cast<ClaimState>(i));
    EXPECT_EQ(left.contains(claim.state), claim.is_live()) << name_of(claim.state);
  }
}

TEST(Saga, NothingIsInTheTableTwice) {
  std::set<std::pair<ClaimState, ClaimEvent>> rows;
  for (const Transition& transition : transitions())
    EXPECT_TRUE(rows.emplace(transition.from, transition.event).second) << name_of(transition.from);
}

TEST(Saga, OnceTheModuleMayHaveMovedOnlyACancelTakesTheCustomersRecordAway) {
  for (const Transition& transition : transitions()) {
    if (!in(transition.from).may_have_moved() || in(transition.to).is_live()) continue;
    EXPECT_TRUE(transition.event == E::cancelled || transition.event == E::settled) << name_of(transition.from);
  }
}

TEST(Saga, OnlyClaimsThatNothingWasSentForHaveADeadline) {
  EXPECT_EQ(after(in(S::awaiting_module), E::seen, kTimes, 100)->deadline, 100 + kTimes.reserved.count());
  EXPECT_EQ(after(in(S::reserved), E::prepared, kTimes, 100)->deadline, 100 + kTimes.offline_hold.count());
  EXPECT_EQ(after(in(S::prepared), E::told, kTimes, 100)->deadline, std::nullopt);
  EXPECT_EQ(after(in(S::notifying), E::lost, kTimes, 100)->deadline, std::nullopt);
}

TEST(Saga, AnEventThatMeansNothingChangesNothing) {
  EXPECT_FALSE(after(in(S::completed), E::cancelled, kTimes, 0));
  EXPECT_FALSE(after(in(S::prepared), E::lost, kTimes, 0));
  EXPECT_FALSE(after(in(S::notifying), E::expired, kTimes, 0));
}

TEST(Saga, R2TheAttemptIsCountedBeforeAnythingIsSentAndASessionIsToldOnce) {
  const auto told = tell(in(S::prepared), "first", kTimes, 50);
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->is_sent);
  EXPECT_EQ(told->claim.state, S::notifying);
  EXPECT_EQ(told->claim.notify_attempts, 1);
  EXPECT_EQ(told->claim.notified_session, "first");
  EXPECT_EQ(told->claim.epoch, 2);
  EXPECT_FALSE(tell(told->claim, "first", kTimes, 51));
}

TEST(Saga, R3AModuleThatComesBackIsToldAgainFiveTimesInAQuarterOfAnHour) {
  Claim claim = in(S::prepared);
  for (int session = 1; session <= 5; ++session) {
    const auto told = tell(claim, std::to_string(session), kTimes, session);
    ASSERT_TRUE(told && told->is_sent) << session;
    claim = told->claim;
  }
  const auto stalled = tell(claim, "6", kTimes, 6);
  ASSERT_TRUE(stalled);
  EXPECT_FALSE(stalled->is_sent);
  EXPECT_EQ(stalled->claim.state, S::stalled);
  EXPECT_EQ(stalled->claim.stall, Stall::loop);
  EXPECT_FALSE(tell(stalled->claim, "7", kTimes, 7)) << "and it stays so";
  const auto later = tell(stalled->claim, "8", kTimes, 2 + kTimes.loop_window.count());
  ASSERT_TRUE(later && later->is_sent) << "after the quarter of an hour it is tried again";
  EXPECT_EQ(later->claim.window_attempts, 1);
  EXPECT_EQ(later->claim.notify_attempts, 6);
}

TEST(Saga, ARetryTellsTheSessionThatThereIs) {
  Claim claim = in(S::stalled);
  claim.stall = Stall::loop;
  claim.notified_session = "now";
  claim.window_attempts = 5;
  const auto retried = after(claim, E::retried, kTimes, 5);
  ASSERT_TRUE(retried);
  EXPECT_EQ(retried->stall, Stall::none);
  EXPECT_TRUE(tell(*retried, "now", kTimes, 6)->is_sent);
}

TEST(Saga, R4AModuleThatIsLostIsToldWhenItComesBackAndWelcomeWhereverItArrives) {
  const auto lost = after(in(S::notifying), E::lost, kTimes, 0);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->stall, Stall::unreachable);
  EXPECT_TRUE(tell(*lost, "again", kTimes, 1)->is_sent);
  EXPECT_EQ(after(*lost, E::arrived, kTimes, 1)->state, S::confirmed);
}

TEST(Saga, AModuleThatIsToldAndStaysIsToldAgainWhenItComesBackOrItsCustomerAsks) {
  const auto told = tell(in(S::prepared), "told", kTimes, 0);
  ASSERT_TRUE(told);
  const auto stayed = after(told->claim, E::stayed, kTimes, 1);
  ASSERT_TRUE(stayed);
  EXPECT_EQ(stayed->state, S::stalled);
  EXPECT_EQ(stayed->stall, Stall::loop);
  EXPECT_FALSE(may_cancel(*stayed, "told")) << "it may still act";
  EXPECT_FALSE(tell(*stayed, "told", kTimes, 2)) << "a session is told once";
  EXPECT_TRUE(tell(*stayed, "newer", kTimes, 2)->is_sent);
  EXPECT_TRUE(tell(*after(*stayed, E::retried, kTimes, 2), "told", kTimes, 3)->is_sent);
  EXPECT_EQ(after(*stayed, E::arrived, kTimes, 2)->state, S::confirmed);
}

TEST(Saga, R5AClaimIsCancelledAsLongAsTheModuleCannotHaveMoved) {
  EXPECT_TRUE(may_cancel(in(S::reserved), ""));
  EXPECT_TRUE(may_cancel(in(S::prepared), ""));
  Claim told = in(S::notifying);
  told.notified_session = "told";
  EXPECT_FALSE(may_cancel(told, "")) << "it is away";
  EXPECT_FALSE(may_cancel(told, "told")) << "it may act at any moment";
  EXPECT_TRUE(may_cancel(told, "newer")) << "it is back and knows nothing";
  EXPECT_FALSE(may_cancel(in(S::confirmed), "newer"));
  EXPECT_FALSE(may_cancel(in(S::completed), "newer"));
}

TEST(Saga, CustodyFollowsTheClaim) {
  const std::string me = in(S::reserved).account_id;
  const auto reserved = custody_after(in(S::reserved), custody(CustodyStatus::free));
  ASSERT_TRUE(reserved);
  EXPECT_EQ(reserved->status, CustodyStatus::reserved);
  EXPECT_EQ(reserved->owner_account, me);
  EXPECT_EQ(reserved->epoch, 5);
  EXPECT_FALSE(custody_after(in(S::prepared), *reserved));
  EXPECT_FALSE(custody_after(in(S::notifying), *reserved));
  EXPECT_EQ(custody_after(in(S::completed), *reserved)->status, CustodyStatus::owned);
  for (const ClaimState over : {S::expired, S::failed_configuration, S::rolled_back, S::cancelled}) {
    const auto freed = custody_after(in(over), *reserved);
    ASSERT_TRUE(freed) << name_of(over);
    EXPECT_EQ(freed->status, CustodyStatus::free);
    EXPECT_EQ(freed->owner_account, std::nullopt);
    EXPECT_FALSE(custody_after(in(over), custody(CustodyStatus::owned_reset, me))) << "its owner calls it back in vain";
    EXPECT_FALSE(custody_after(in(over), custody(CustodyStatus::reserved, "333333333333"))) << "somebody else's";
  }
}

}  // namespace
}  // namespace xl::cloud::onboarding
