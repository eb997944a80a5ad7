// SPDX-License-Identifier: Apache-2.0
// A registry of the past is told the custody log of one that went on: two registries that began alike.
#include "cloud/onboarding/reconcile.hpp"

#include <gtest/gtest.h>

#include "cloud/onboarding/offboard.hpp"
#include "unit/cloud/staged_module.hpp"

namespace xl::cloud::onboarding {
namespace {

constexpr int kAllSteps = 100;

class Reconcile : public testing::Test {
 protected:
  static void write(test::StagedModule& in, const RegistryStore::Work& work) {
    const Status done = in.store->write(work);
    ASSERT_TRUE(done) << done.error().detail;
  }
  static Claim claim(test::StagedModule& in) {
    Claim out;
    write(in, [&](Registry& registry) -> Status {
      XL_TRY(out, claim_module(registry, in.settings(), in.oem, in.request(), in.now));
      return {};
    });
    return out;
  }
  static void arrive(test::StagedModule& in) {
    write(in, [&](Registry& registry) -> Status {
      XL_CHECK(begin_notify(registry, ClaimTimes{}, in.fingerprint, "session", in.now));
      return note_visit(registry, in.settings(), in.oem, in.fingerprint, in.now);
    });
  }
  /// Custody goes to somebody of whom nothing else is known here.
  static void change(test::StagedModule& in, CustodyStatus status, const std::optional<std::string>& owner) {
    write(in, [&](Registry& registry) -> Status {
      XL_TRY(Custody module, registry.custody().find(in.fingerprint));
      module.status = status;
      module.owner_account = owner;
      ++module.epoch;
      return registry.custody().change(module, "test", in.now);
    });
  }
  /// The log of `present`, or its first entries, told to `past`.
  const Reconciled& reconcile(int steps = kAllSteps) {
    write(past, [&](Registry& registry) -> Status {
      XL_TRY(const auto log, present.view->custody().entries_after(0, static_cast<std::size_t>(steps)));
      for (const auto& [number, entry] : log) XL_CHECK(reconciler.replay(registry, entry, "a key", past.now));
      return steps == kAllSteps ? reconciler.settle(registry, past.fingerprint, past.now) : Status();
    });
    return reconciler.result();
  }
  std::vector<Finding> findings(const Account& account) const {
    return past.view->findings().list(account.id, false, {})->items;
  }
  std::string hash(const test::StagedModule& in) const {
    return in.view->custody().history(in.fingerprint)->back().hash;
  }

  test::StagedModule present, past;
  Reconciler reconciler;
};

TEST_F(Reconcile, WhatIsKnownIsPassedOver) {
  EXPECT_EQ(reconcile().entries, 0);
  EXPECT_EQ(reconciler.result().modules, 0);
  EXPECT_TRUE(findings(past.vendor).empty());
}

TEST_F(Reconcile, TheChainGoesOnAsItWas) {
  claim(present);
  arrive(present);
  EXPECT_EQ(reconcile().entries, 2);
  EXPECT_EQ(hash(past), hash(present));
  EXPECT_EQ(past.custody().status, CustodyStatus::owned);
  EXPECT_EQ(past.custody().owner_account, past.oem.id);
  EXPECT_EQ(past.custody().public_key, "a key");
  ASSERT_EQ(findings(past.oem).size(), 1u) << "its registration was lost";
  EXPECT_EQ(findings(past.vendor).size(), 1u);
  EXPECT_EQ(reconcile().entries, 2) << "told again, nothing happens";
  EXPECT_EQ(reconciler.result().undecided, 1);
}

TEST_F(Reconcile, AClaimThatTheRegistryHasFindsItsModuleOwned) {
  const Claim claimed = claim(past);
  // The same claim in the registry that went on: the ids differ, the custody that matters does not.
  write(present, [this](Registry& registry) -> Status {
    XL_TRY(const auto chain, past.view->custody().entries_after(1, 10));
    for (const auto& [number, entry] : chain) XL_CHECK(registry.custody().replay(entry, ""));
    return {};
  });
  change(present, CustodyStatus::owned, past.oem.id);
  EXPECT_EQ(reconcile().claims, 0);
  EXPECT_TRUE(past.view->claims().find(claimed.id)->is_live()) << "the module's next connection ends it";
  EXPECT_TRUE(findings(past.oem).empty());
}

TEST_F(Reconcile, WhereLogAndRegistryContradictEachOtherNothingIsGuessed) {
  const Claim claimed = claim(past);
  change(present, CustodyStatus::reserved, "333333333333");
  change(present, CustodyStatus::free, std::nullopt);
  // Another past: the claim in `past` has made an entry that the log does not have.
  EXPECT_EQ(reconcile().entries, 0);
  EXPECT_EQ(reconciler.result().undecided, 1);
  EXPECT_EQ(past.custody().owner_account, past.oem.id) << "nothing is guessed";
  EXPECT_TRUE(past.view->claims().find(claimed.id)->is_live());
}

TEST_F(Reconcile, ARegistrationOfWhoeverGaveItUpGoes) {
  claim(past);
  arrive(past);
  write(present, [this](Registry& registry) -> Status {
    XL_TRY(const auto chain, past.view->custody().entries_after(1, 10));
    for (const auto& [number, entry] : chain) XL_CHECK(registry.custody().replay(entry, ""));
    return {};
  });
  change(present, CustodyStatus::free, std::nullopt);
  EXPECT_EQ(reconcile().withdrawals, 1);
  EXPECT_EQ(past.custody().status, CustodyStatus::free);
  EXPECT_FALSE(past.view->certificates().find(past.oem.id, past.fingerprint));
  EXPECT_TRUE(past.view->tombstones().has(past.oem.id, past.fingerprint).value_or(false)) << "as after offboard";
}

TEST_F(Reconcile, AReservationWhoseClaimWasLostEnds) {
  claim(present);
  EXPECT_EQ(reconcile(1).entries, 0);
  EXPECT_EQ(reconcile().entries, 1);
  EXPECT_EQ(past.custody().status, CustodyStatus::free);
  EXPECT_EQ(past.view->custody().history(past.fingerprint)->back().reason,
            "the claim that had reserved it was lost with the registry");
  ASSERT_EQ(findings(past.oem).size(), 1u);
  EXPECT_EQ(findings(past.oem)[0].kind, FindingKind::restored);
}

TEST_F(Reconcile, AnOwnerWhomTheBackupDoesNotKnowStaysTheOwner) {
  change(present, CustodyStatus::owned, "333333333333");
  EXPECT_EQ(reconcile().undecided, 1);
  EXPECT_EQ(past.custody().owner_account, "333333333333");
  ASSERT_EQ(findings(past.vendor).size(), 1u);
  EXPECT_NE(findings(past.vendor)[0].evidence.find("is not in the backup"), std::string::npos);
}

TEST_F(Reconcile, AnEntryThatWasForgedIsNotReplayed) {
  change(present, CustodyStatus::owned, past.oem.id);
  write(past, [this](Registry& registry) -> Status {
    XL_TRY(auto log, present.view->custody().entries_after(1, 1));
    log[0].entry.owner_account = "333333333333";
    return reconciler.replay(registry, log[0].entry, "", past.now);
  });
  EXPECT_EQ(past.custody().status, CustodyStatus::free);
  EXPECT_EQ(reconciler.result().undecided, 1);
}

TEST_F(Reconcile, APreparedClaimIsTakenForTold) {
  const Claim claimed = claim(past);
  ASSERT_EQ(claimed.state, ClaimState::prepared);
  for (bool more = true; more;) {
    write(past, [&](Registry& registry) -> Status {
      XL_TRY(more, reconciler.suspect_prepared(registry, 1, past.now));
      return {};
    });
  }
  const auto after = past.view->claims().find(claimed.id);
  EXPECT_EQ(after->state, ClaimState::notifying);
  EXPECT_EQ(after->deadline, std::nullopt) << "nothing rolls it back";
  EXPECT_EQ(reconciler.result().suspected, 1);
}

}  // namespace
}  // namespace xl::cloud::onboarding
