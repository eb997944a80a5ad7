// SPDX-License-Identifier: Apache-2.0
// Modules that were told their endpoint and do not arrive, over a real registry and a presence of the test's own.
#include "installation/onboarding_rounds.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "unit/cloud/staged_module.hpp"

namespace xl::installation {
namespace {

using cloud::ClaimState;
using cloud::Stall;
using namespace std::chrono_literals;

/// One module: its staging session, as the test says.
class OneModule final : public cloud::Presence {
 public:
  void is_in_staging_by(std::string session) {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
  }
  std::string session_of(std::string_view, std::string_view) const override {
    const std::lock_guard lock(mutex_);
    return session_;
  }
  std::string listening_session_of(std::string_view, std::string_view) const override { return ""; }
  bool is_connected(std::string_view account, std::string_view client) const override {
    return !session_of(account, client).empty();
  }
  std::optional<UnixMillis> connected_since(std::string_view, std::string_view) const override { return std::nullopt; }
  std::unique_ptr<cloud::MessageBus::Subscription> watch(std::string_view, std::string_view, Handler) override {
    return nullptr;
  }

 private:
  mutable std::mutex mutex_;
  std::string session_;
};

class OnboardingRoundsTest : public testing::Test {
 protected:
  cloud::Claim told(const std::string& session) {
    Result<cloud::Claim> claim = fail(Error::internal("not asked"));
    write([&](cloud::Registry& registry) -> Status {
      claim = cloud::onboarding::claim_module(registry, staged.settings(), staged.oem, staged.request(), staged.now);
      return {};
    });
    EXPECT_TRUE(claim) << claim.error().detail;
    write([&](cloud::Registry& registry) {
      return cloud::onboarding::begin_notify(registry, times(), staged.fingerprint, session, staged.now)
          .map([](const auto&) {});
    });
    return now(*claim);
  }
  void write(const cloud::RegistryStore::Work& work) { ASSERT_TRUE(staged.store->write(work)); }
  cloud::Claim now(const cloud::Claim& claim) const { return *staged.view->claims().find(claim.id); }

  static cloud::onboarding::ClaimTimes times() {
    cloud::onboarding::ClaimTimes out;
    out.arrival = 200ms;
    return out;
  }
  cloud::Claim eventually_stalled(const cloud::Claim& claim) const {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (now(claim).state != ClaimState::stalled && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(10ms);
    return now(claim);
  }

  cloud::test::StagedModule staged;
  OneModule presence;
};

TEST_F(OnboardingRoundsTest, AModuleThatLeftAndDidNotArriveIsUnreachable) {
  const auto claim = told("first");
  ASSERT_EQ(claim.state, ClaimState::notifying);
  const OnboardingRounds rounds(*staged.store, presence, {.times = times()});
  const auto stalled = eventually_stalled(claim);
  EXPECT_EQ(stalled.stall, Stall::unreachable) << name_of(stalled.state);
}

TEST_F(OnboardingRoundsTest, AModuleThatStaysWhereItWasToldDoesNotAct) {
  const auto claim = told("first");
  presence.is_in_staging_by("first");
  const OnboardingRounds rounds(*staged.store, presence, {.times = times()});
  const auto stalled = eventually_stalled(claim);
  EXPECT_EQ(stalled.stall, Stall::loop) << name_of(stalled.state);
  EXPECT_NE(stalled.reason.find("does not act"), std::string::npos) << stalled.reason;
}

TEST_F(OnboardingRoundsTest, AModuleThatIsBackAndDoesNotListenIsNotForgotten) {
  const auto claim = told("first");
  presence.is_in_staging_by("second");
  const OnboardingRounds rounds(*staged.store, presence, {.times = times()});
  const auto stalled = eventually_stalled(claim);
  EXPECT_EQ(stalled.stall, Stall::loop) << name_of(stalled.state);
  EXPECT_NE(stalled.reason.find("not subscribed"), std::string::npos) << stalled.reason;
}

TEST_F(OnboardingRoundsTest, AModuleThatIsBackAndWouldBeRefusedWaitsForItsCustomer) {
  const auto claim = told("first");
  write([this](cloud::Registry& registry) {
    return registry.certificates().set_status(staged.oem.id, staged.fingerprint, cloud::CertificateStatus::inactive,
                                              staged.now);
  });
  presence.is_in_staging_by("second");
  const OnboardingRounds rounds(*staged.store, presence, {.times = times()});
  const auto stalled = eventually_stalled(claim);
  EXPECT_EQ(stalled.stall, Stall::configuration) << name_of(stalled.state);
}

}  // namespace
}  // namespace xl::installation
