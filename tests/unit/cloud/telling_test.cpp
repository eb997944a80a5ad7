// SPDX-License-Identifier: Apache-2.0
// A module that listens while it is claimed is told in the claim's own transaction; its session sends that once (R2).
#include <gtest/gtest.h>

#include "cloud/onboarding/claims.hpp"
#include "unit/cloud/staged_module.hpp"

namespace xl::cloud::onboarding {
namespace {

class Telling : public testing::Test {
 protected:
  Settings settings() const {
    Settings out = m.settings("listening");
    out.listening_session_of = out.session_of;
    return out;
  }
  Claim claim() {
    Result<Claim> out = fail(Error::internal("not run"));
    write([&](Registry& registry) -> Status {
      out = claim_module(registry, settings(), m.oem, m.request(), m.now);
      return out.map([](const Claim&) {});
    });
    return out.value_or(Claim{});
  }
  std::optional<Notice> told(const std::string& session) {
    std::optional<Notice> out;
    write([&](Registry& registry) -> Status {
      XL_TRY(out, begin_notify(registry, {}, m.fingerprint, session, m.now));
      return {};
    });
    return out;
  }
  void write(const RegistryStore::Work& work) {
    const Status done = m.store->write(work);
    ASSERT_TRUE(done) << done.error().detail;
  }

  test::StagedModule m;
};

TEST_F(Telling, TheClaimTellsWhoListens) {
  const Claim made = claim();
  EXPECT_EQ(made.state, ClaimState::notifying);
  EXPECT_EQ(made.notify_attempts, 1);
  std::string states;
  const auto history = m.view->claims().history(made.id);
  for (const ClaimEntry& entry : *history) states += std::string(name_of(entry.state)) + " ";
  EXPECT_EQ(states, "RESERVED PREPARED NOTIFYING ");

  const auto notice = notice_for(*m.view, m.fingerprint, "listening");
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->claim_id, made.id);
  EXPECT_EQ(notice->attempt, 1);
  EXPECT_EQ(notice->endpoint, made.endpoint);
  EXPECT_FALSE(has_news(*m.view, m.fingerprint, "listening"));
  EXPECT_FALSE(told("listening")) << "the session that asks too late is not told twice";
}

TEST_F(Telling, AnotherSessionIsToldAnew) {
  (void)claim();
  EXPECT_FALSE(notice_for(*m.view, m.fingerprint, "the next"));
  ASSERT_TRUE(has_news(*m.view, m.fingerprint, "the next"));
  const auto again = told("the next");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->attempt, 2);
  EXPECT_EQ(notice_for(*m.view, m.fingerprint, "the next")->attempt, 2);
  EXPECT_FALSE(notice_for(*m.view, m.fingerprint, "listening"));
}

TEST_F(Telling, ARehearsalTellsNobody) {
  write([&](Registry& registry) -> Status {
    const auto rehearsed = rehearse_claim(registry, settings(), m.oem, m.request(), m.now);
    EXPECT_EQ(rehearsed->state, ClaimState::prepared);
    return {};
  });
  EXPECT_FALSE(notice_for(*m.view, m.fingerprint, "listening"));
}

}  // namespace
}  // namespace xl::cloud::onboarding
