// SPDX-License-Identifier: Apache-2.0
// Claims of a customer whose account is in another installation, over a real registry and an account elsewhere that
// fails in every way it can.
#include "installation/errand_round.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/onboarding/offboard.hpp"
#include "cloud/onboarding/waiting.hpp"
#include "unit/cloud/staged_module.hpp"

namespace xl::installation {
namespace {

namespace onboarding = cloud::onboarding;
using namespace std::chrono_literals;
using cloud::ClaimState;
using cloud::ErrandStage;

/// The account elsewhere, in memory.
struct There {
  std::set<std::string> modules;
  bool has_thing = false;
  cloud::CustomerRegistry::Presence presence;
  Status check_answer, prepare_answer, admits_answer, withdraw_answer;
  bool loses_answers = false;  ///< it does what it is asked, and nobody hears of it
  int calls = 0;
  bool kept_thing = false;
};

class FakeRegistry final : public cloud::CustomerRegistry {
 public:
  explicit FakeRegistry(There& there) : there_(there) {}
  Result<bool> check(const cloud::ModuleElsewhere&) override {
    ++there_.calls;
    XL_CHECK(there_.check_answer);
    return there_.has_thing;
  }
  Status prepare(const cloud::ModuleElsewhere& module) override {
    ++there_.calls;
    XL_CHECK(there_.prepare_answer);
    there_.modules.insert(module.certificate_id);
    return heard();
  }
  Status admits(const cloud::ModuleElsewhere&) override {
    ++there_.calls;
    return there_.admits_answer;
  }
  Status withdraw(const cloud::ModuleElsewhere& module) override {
    ++there_.calls;
    XL_CHECK(there_.withdraw_answer);
    there_.modules.erase(module.certificate_id);
    there_.kept_thing = module.keeps_thing;
    return heard();
  }
  Result<Presence> presence_of(std::string_view) override {
    ++there_.calls;
    return there_.presence;
  }

 private:
  Status heard() const { return there_.loses_answers ? fail(Error::unavailable("no answer")) : Status(); }
  There& there_;
};

class ErrandRoundTest : public testing::Test {
 protected:
  void SetUp() override {
    write([this](cloud::Registry& registry) { return registry.elsewhere().put(account()); });
    begin_again();
  }

  cloud::Elsewhere account() const {
    return {staged.oem.id, "https://there", "eu-west-1", "AKIA", "sealed", "", "there.example", 8883, "", staged.now};
  }

  /// As after a crash: nothing is remembered but what the registry holds.
  void begin_again() {
    ErrandPorts ports;
    ports.write = [this](cloud::RegistryStore::Work work) { return staged.store->write(std::move(work)); };
    ports.reach = [this](const cloud::Elsewhere&) -> Result<std::unique_ptr<cloud::CustomerRegistry>> {
      return std::make_unique<FakeRegistry>(there);
    };
    ports.is_connected = [this](std::string_view, std::string_view) { return is_in_staging; };
    counts = std::make_shared<ErrandCounts>();
    round = std::make_unique<ErrandRound>(std::move(ports), counts);
  }

  void write(const cloud::RegistryStore::Work& work) { ASSERT_TRUE(staged.store->write(work)); }

  void pass(std::chrono::milliseconds time = 10min) {
    time_ += time;
    const Status made = round->make(*staged.view, time_, stop.get_token());
    ASSERT_TRUE(made) << made.error().detail;
  }

  cloud::Claim claim(const std::string& template_name = "") {
    Result<cloud::Claim> made = fail(Error::internal("not asked"));
    write([&](cloud::Registry& registry) -> Status {
      auto request = staged.request();
      request.template_name = template_name;
      made = onboarding::claim_module(registry, staged.settings(), staged.oem, request, staged.now);
      return {};
    });
    EXPECT_TRUE(made) << made.error().detail;
    return made.value_or(cloud::Claim{});
  }
  cloud::Claim now(const cloud::Claim& claim) const { return *staged.view->claims().find(claim.id); }
  Result<cloud::Errand> errand() const { return staged.view->errands().find(staged.oem.id, staged.fingerprint); }

  void cancel(const cloud::Claim& claim, bool force = false) {
    write([&](cloud::Registry& registry) {
      return onboarding::cancel(registry, staged.settings(), staged.oem, claim.id, force, staged.now)
          .map([](const cloud::Claim&) {});
    });
  }
  std::optional<std::string> told(const std::string& session) {
    std::optional<onboarding::Notice> notice;
    write([&](cloud::Registry& registry) -> Status {
      XL_TRY(notice, onboarding::begin_notify(registry, {}, staged.fingerprint, session, staged.now));
      return {};
    });
    return notice ? std::optional(notice->endpoint) : std::nullopt;
  }

  cloud::test::StagedModule staged;
  There there;
  bool is_in_staging = false;
  std::shared_ptr<ErrandCounts> counts;
  std::unique_ptr<ErrandRound> round;
  std::stop_source stop;

 private:
  ErrandRound::Clock::time_point time_{};
};

TEST_F(ErrandRoundTest, AClaimWaitsReservedAndIsPreparedBeforeItsModuleIsTold) {
  const auto made = claim();
  EXPECT_EQ(made.state, ClaimState::reserved);
  EXPECT_EQ(made.endpoint, "there.example");
  EXPECT_FALSE(told("session"));
  pass();
  EXPECT_EQ(now(made).state, ClaimState::prepared);
  EXPECT_TRUE(there.modules.contains(staged.fingerprint));
  EXPECT_EQ(told("session"), "there.example");
  EXPECT_EQ(counts->prepared, 1u);
}

TEST_F(ErrandRoundTest, TheModuleHasArrivedWhenItIsConnectedThereAndNotHere) {
  const auto made = claim();
  pass();
  told("session");
  there.presence = {true, 2'000};
  is_in_staging = true;
  pass();
  pass();
  EXPECT_EQ(now(made).state, ClaimState::notifying) << "it is in staging";
  is_in_staging = false;
  pass();
  EXPECT_EQ(now(made).state, ClaimState::completed);
  EXPECT_EQ(staged.custody().owner_account, staged.oem.id);
  EXPECT_EQ(errand()->stage, ErrandStage::kept);
  const int calls = there.calls;
  pass();
  EXPECT_EQ(there.calls, calls) << "nobody is asked about what has ended";
}

TEST_F(ErrandRoundTest, AConnectionThatIsOlderThanTheClaimIsNoArrival) {
  there.presence = {true, 1'000};
  const auto made = claim();
  pass();
  told("session");
  pass();
  pass();
  EXPECT_EQ(now(made).state, ClaimState::notifying);
  there.presence = {true, 1'001};
  pass();
  EXPECT_EQ(now(made).state, ClaimState::completed);
}

TEST_F(ErrandRoundTest, NoAnswerIsAskedForAgainAndSaidOnceInTheHistory) {
  there.check_answer = fail(Error::unavailable("it is down"));
  const auto made = claim();
  for (int i = 0; i < 5; ++i) pass();
  EXPECT_EQ(now(made).state, ClaimState::reserved);
  EXPECT_EQ(now(made).reason, "elsewhere: it is down");
  EXPECT_EQ(staged.view->claims().history(made.id)->size(), 2u);
  EXPECT_EQ(now(made).deadline, made.deadline) << "waiting does not buy time";
  EXPECT_FALSE(errand()->is_sent);
  there.check_answer = {};
  pass();
  EXPECT_EQ(now(made).state, ClaimState::prepared);
  EXPECT_EQ(now(made).reason, "");
}

TEST_F(ErrandRoundTest, AnAccountThatIsDownIsLeftAloneForLongerEachTime) {
  there.check_answer = fail(Error::unavailable("it is down"));
  claim();
  for (int i = 0; i < 1'000; ++i) pass(300ms);
  EXPECT_LT(there.calls, 20);
  EXPECT_GT(there.calls, 5);
}

TEST_F(ErrandRoundTest, ALostAnswerAndACrashAreTheSame) {
  there.loses_answers = true;
  const auto made = claim();
  pass();
  EXPECT_EQ(now(made).state, ClaimState::reserved);
  EXPECT_TRUE(errand()->is_sent);
  begin_again();
  there.loses_answers = false;
  pass();
  EXPECT_EQ(now(made).state, ClaimState::prepared);
  EXPECT_EQ(there.modules.size(), 1u);
}

TEST_F(ErrandRoundTest, ARefusalFailsTheClaimAndTakesBackWhatWasMade) {
  there.prepare_answer = fail(Error::forbidden("no such policy"));
  const auto made = claim();
  pass();
  EXPECT_EQ(now(made).state, ClaimState::failed_configuration);
  EXPECT_EQ(now(made).reason, "no such policy");
  EXPECT_EQ(staged.custody().status, cloud::CustodyStatus::free);
  EXPECT_EQ(errand()->stage, ErrandStage::withdraw);
  pass();
  EXPECT_FALSE(errand());
  EXPECT_EQ(now(made).reason, "no such policy; elsewhere: the module was withdrawn from the account");
}

TEST_F(ErrandRoundTest, PoliciesThatRefuseTheModuleAreAskedForBeforeItIsSent) {
  there.admits_answer = fail(Error::forbidden("its policies say no"));
  const auto made = claim();
  pass(1s);
  EXPECT_EQ(now(made).state, ClaimState::reserved) << "what was attached a moment ago may not count yet";
  EXPECT_EQ(now(made).reason, "elsewhere: its policies say no");
  for (int i = 0; i < 3; ++i) pass(5s);
  EXPECT_EQ(now(made).state, ClaimState::failed_configuration);
  EXPECT_EQ(now(made).reason, "its policies say no");
  pass();
  EXPECT_TRUE(there.modules.empty());

  there.admits_answer = fail(Error::forbidden("not yet"));
  const auto again = claim();
  pass(1s);
  there.admits_answer = {};
  pass(5s);
  EXPECT_EQ(now(again).state, ClaimState::prepared);
}

TEST_F(ErrandRoundTest, AModuleThatWouldBeRefusedWhenItArrivesStallsTheClaimWithTheReason) {
  const auto made = claim();
  pass();
  there.admits_answer = fail(Error::forbidden("it is INACTIVE"));
  pass();
  EXPECT_EQ(now(made).state, ClaimState::prepared) << "nobody has sent it yet";
  told("session");
  is_in_staging = true;
  pass();
  pass();
  EXPECT_EQ(now(made).state, ClaimState::notifying) << "it has not left";
  is_in_staging = false;
  pass();
  EXPECT_EQ(now(made).state, ClaimState::stalled);
  EXPECT_EQ(now(made).stall, cloud::Stall::configuration);
  EXPECT_EQ(now(made).reason, "it is INACTIVE");
  const auto lines = staged.view->claims().history(made.id)->size();
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(staged.view->claims().history(made.id)->size(), lines) << "the same reason is said once";
  there.admits_answer = fail(Error::unavailable("it is down"));
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(now(made).reason, "it is INACTIVE") << "no answer is no other answer";
  there.admits_answer = {};
  there.presence = {true, 2'000};
  pass();
  EXPECT_EQ(now(made).state, ClaimState::completed) << "mended there, it arrives";
}

TEST_F(ErrandRoundTest, AModuleThatDidNotArriveIsFoundToBeRefused) {
  const auto made = claim();
  pass();
  told("session");
  write([&](cloud::Registry& registry) { return onboarding::note_lost(registry, {}, now(made), staged.now); });
  ASSERT_EQ(now(made).stall, cloud::Stall::unreachable);
  there.admits_answer = fail(Error::forbidden("its policies say no"));
  pass();
  pass();
  EXPECT_EQ(now(made).stall, cloud::Stall::configuration);
}

TEST_F(ErrandRoundTest, NothingIsTakenBackThatWasNeverBegun) {
  there.check_answer = fail(Error::forbidden("wrong key"));
  const auto made = claim();
  pass();
  EXPECT_EQ(now(made).state, ClaimState::failed_configuration);
  EXPECT_FALSE(errand());
  EXPECT_EQ(there.calls, 1);
}

TEST_F(ErrandRoundTest, ACancelledClaimIsWithdrawnHoweverLongItTakes) {
  const auto made = claim();
  pass();
  cancel(made);
  there.withdraw_answer = fail(Error::unavailable("it is down"));
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(now(made).reason, "elsewhere: it is down");
  begin_again();
  there.withdraw_answer = fail(Error::forbidden("no longer yours"));
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(now(made).reason, "elsewhere: no longer yours");
  EXPECT_EQ(now(made).state, ClaimState::cancelled);
  EXPECT_TRUE(there.modules.contains(staged.fingerprint));
  there.withdraw_answer = {};
  pass(2h);
  EXPECT_TRUE(there.modules.empty());
  EXPECT_FALSE(errand());
  EXPECT_EQ(counts->withdrawn, 1u);
}

TEST_F(ErrandRoundTest, CredentialsThatWereMendedAreTriedAtOnce) {
  const auto made = claim();
  pass();
  cancel(made);
  there.withdraw_answer = fail(Error::forbidden("no longer yours"));
  for (int i = 0; i < 12; ++i) pass(1h);
  there.withdraw_answer = {};
  pass(1s);
  EXPECT_TRUE(errand()) << "a refusal is not asked for every second";
  write([this](cloud::Registry& registry) {
    auto changed = account();
    changed.sealed_secret = "another";
    return registry.elsewhere().put(changed);
  });
  pass(1s);
  EXPECT_FALSE(errand());
}

TEST_F(ErrandRoundTest, WhatTheAccountHadBeforeStays) {
  there.has_thing = true;
  const auto made = claim();
  pass();
  cancel(made);
  pass();
  EXPECT_TRUE(there.kept_thing);
}

TEST_F(ErrandRoundTest, AThingOfALostAnswersMakingDoesNot) {
  there.loses_answers = true;
  const auto made = claim();
  pass();
  there.has_thing = true;
  there.loses_answers = false;
  pass();
  EXPECT_EQ(now(made).state, ClaimState::prepared);
  cancel(made);
  pass();
  EXPECT_FALSE(there.kept_thing);
}

TEST_F(ErrandRoundTest, CancelledByForceStaysSoAfterItsWithdrawal) {
  const auto made = claim();
  pass();
  told("session");
  cancel(made, true);
  pass();
  EXPECT_FALSE(errand());
  EXPECT_TRUE(onboarding::is_stranded(*staged.view, staged.oem.id, staged.fingerprint));
}

TEST_F(ErrandRoundTest, OffboardWithdrawsAModuleThatTheAccountOwns) {
  const auto made = claim();
  pass();
  there.presence = {true, 5};
  pass();
  pass();
  ASSERT_EQ(now(made).state, ClaimState::completed);
  write([this](cloud::Registry& registry) {
    return onboarding::offboard(registry, staged.oem, staged.thing, staged.now).map([](const auto&) {});
  });
  EXPECT_EQ(staged.custody().status, cloud::CustodyStatus::free);
  pass();
  EXPECT_TRUE(there.modules.empty());
}

TEST_F(ErrandRoundTest, ANewClaimAfterACancelledOneNeedsNoWithdrawalFirst) {
  const auto first = claim();
  pass();
  cancel(first);
  const auto second = claim();
  EXPECT_NE(second.id, first.id);
  pass();
  EXPECT_EQ(now(second).state, ClaimState::prepared);
  EXPECT_TRUE(there.modules.contains(staged.fingerprint));
  EXPECT_EQ(counts->withdrawn, 0u);
}

TEST_F(ErrandRoundTest, ATemplateOfThisInstallationMeansNothingThere) {
  const auto made = claim("lamps");
  EXPECT_EQ(made.state, ClaimState::failed_configuration);
  EXPECT_FALSE(errand());
}

TEST_F(ErrandRoundTest, TheCustomersWordIsTakenOnlyForAModuleThatMayHaveMoved) {
  const auto made = claim();
  const auto confirm = [&](const std::string& session = "") {
    Result<cloud::Claim> answer = fail(Error::internal("not asked"));
    write([&](cloud::Registry& registry) -> Status {
      answer = onboarding::confirm(registry, staged.settings(session), staged.oem, made.id, staged.now);
      return {};
    });
    return answer;
  };
  EXPECT_EQ(confirm().error().code, Errc::conflict) << "not prepared";
  pass();
  EXPECT_EQ(confirm("session").error().code, Errc::conflict) << "it is in staging";
  ASSERT_TRUE(confirm());
  EXPECT_EQ(now(made).state, ClaimState::completed);
  EXPECT_TRUE(confirm()) << "once more changes nothing";
  pass();
  EXPECT_EQ(errand()->stage, ErrandStage::kept);
}

}  // namespace
}  // namespace xl::installation
