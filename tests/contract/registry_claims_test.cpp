// SPDX-License-Identifier: Apache-2.0
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

using cloud::Claim;
using cloud::ClaimState;

Claim claim(const std::string& id, char module, ClaimState state = ClaimState::reserved) {
  Claim out;
  out.id = id;
  out.account_id = kCustomer;
  out.vendor_account = kVendor;
  out.thing_name = "lamp";
  out.fingerprint = id_of(module);
  out.endpoint = "oem-ats.iot.localhost";
  out.state = state;
  out.deadline = 900'000;
  out.created = out.modified = kNow;
  return out;
}

Status insert(cloud::RegistryStore& store, const Claim& value) {
  return store.write([&](cloud::Registry& registry) { return registry.claims().insert(value); });
}

Status update(cloud::RegistryStore& store, const Claim& value) {
  return store.write([&](cloud::Registry& registry) { return registry.claims().update(value); });
}

TEST_P(RegistryContract, AClaimIsKeptToTheLastMember) {
  Claim next = claim("clm-1", 'a');
  ASSERT_TRUE(insert(*store_, next));
  next.state = ClaimState::stalled;
  next.stall = cloud::Stall::loop;
  next.reason = "it came back five times";
  next.epoch = 2;
  next.notify_attempts = 5;
  next.window_attempts = 4;
  next.window_began = 17;
  next.notified_session = "session";
  next.deadline.reset();
  next.modified = from_millis(to_millis(kNow) + 5);
  ASSERT_TRUE(update(*store_, next));
  reopen();
  const auto kept = view().claims().find("clm-1");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->account_id, kCustomer);
  EXPECT_EQ(kept->vendor_account, kVendor);
  EXPECT_EQ(kept->thing_name, "lamp");
  EXPECT_EQ(kept->fingerprint, id_of('a'));
  EXPECT_EQ(kept->endpoint, "oem-ats.iot.localhost");
  EXPECT_EQ(kept->state, ClaimState::stalled);
  EXPECT_EQ(kept->stall, cloud::Stall::loop);
  EXPECT_EQ(kept->reason, next.reason);
  EXPECT_EQ(kept->epoch, 2);
  EXPECT_EQ(kept->notify_attempts, 5);
  EXPECT_EQ(kept->window_attempts, 4);
  EXPECT_EQ(kept->window_began, 17);
  EXPECT_EQ(kept->notified_session, "session");
  EXPECT_EQ(kept->deadline, std::nullopt);
  EXPECT_EQ(kept->created, kNow);
  EXPECT_EQ(kept->modified, next.modified);
  const auto history = view().claims().history("clm-1");
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ(history->front().state, ClaimState::reserved);
  EXPECT_EQ(history->back().stall, cloud::Stall::loop);
  EXPECT_EQ(history->back().reason, next.reason);
  EXPECT_EQ(history->back().at, next.modified);
}

TEST_P(RegistryContract, AModuleHasOneLiveClaim) {
  Claim first = claim("clm-1", 'a');
  ASSERT_TRUE(insert(*store_, first));
  EXPECT_EQ(insert(*store_, claim("clm-2", 'a')).error().code, Errc::already_exists);
  EXPECT_EQ(view().claims().live_of(id_of('a'))->id, "clm-1");
  first.state = ClaimState::cancelled;
  first.epoch = 2;
  ASSERT_TRUE(update(*store_, first));
  EXPECT_EQ(view().claims().live_of(id_of('a')).error().code, Errc::not_found);
  ASSERT_TRUE(insert(*store_, claim("clm-2", 'a')));
  EXPECT_EQ(view().claims().last_of(kCustomer, id_of('a'))->id, "clm-2");
  EXPECT_EQ(view().claims().last_of(kVendor, id_of('a')).error().code, Errc::not_found);
}

TEST_P(RegistryContract, LiveIsWhatTheModelCallsLive) {
  for (std::size_t i = 0; i < cloud::kClaimStateNames.size(); ++i) {
    const auto state = static_cast<ClaimState>(i);
    const char module = static_cast<char>('a' + i % 6);
    const std::string id = "clm-" + std::to_string(i);
    Claim value = claim(id, module, state);
    value.fingerprint[0] = static_cast<char>('0' + i % 10);
    value.fingerprint[1] = i > 9 ? 'f' : '0';
    ASSERT_TRUE(insert(*store_, value)) << id;
    EXPECT_EQ(view().claims().live_of(value.fingerprint).has_value(), value.is_live()) << name_of(state);
  }
}

TEST_P(RegistryContract, AStaleClaimIsAConflictAndChangesNothing) {
  Claim value = claim("clm-1", 'a');
  ASSERT_TRUE(insert(*store_, value));
  value.state = ClaimState::prepared;
  for (const std::int64_t stale : {0, 1, 3}) {
    value.epoch = stale;
    EXPECT_EQ(update(*store_, value).error().code, Errc::conflict);
  }
  EXPECT_EQ(view().claims().find("clm-1")->state, ClaimState::reserved);
  EXPECT_EQ(view().claims().history("clm-1")->size(), 1u);
}

TEST_P(RegistryContract, ClaimsAreListedOldestFirstByAccountVendorAndState) {
  ASSERT_TRUE(insert(*store_, claim("clm-1", 'a')));
  ASSERT_TRUE(insert(*store_, claim("clm-2", 'b', ClaimState::notifying)));
  ASSERT_TRUE(insert(*store_, claim("clm-3", 'c')));
  const auto page = view().claims().list(kCustomer, {.after = "", .limit = 2});
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->items.back().id, "clm-2");
  EXPECT_EQ(view().claims().list(kCustomer, {.after = "clm-2"})->items.front().id, "clm-3");
  EXPECT_EQ(view().claims().list_of_vendor(kVendor, {})->items.size(), 3u);
  EXPECT_TRUE(view().claims().list_of_vendor(kCustomer, {})->items.empty());
  EXPECT_EQ(view().claims().list_in_state(ClaimState::notifying, {})->items.front().id, "clm-2");
  const auto newest = view().claims().list(kCustomer, {"", 2, cloud::Order::newest_first});
  EXPECT_EQ(newest->items.front().id, "clm-3");
  EXPECT_TRUE(newest->more);
  const auto rest = view().claims().list_of_vendor(kVendor, {"clm-2", 2, cloud::Order::newest_first});
  EXPECT_EQ(rest->items.front().id, "clm-1");
  EXPECT_FALSE(rest->more);
}

TEST_P(RegistryContract, DeadlinesCountTheTimeThatTheInstallationHasRun) {
  ASSERT_TRUE(insert(*store_, claim("clm-1", 'a')));
  Claim later = claim("clm-2", 'b');
  later.deadline = 1'000'000;
  ASSERT_TRUE(insert(*store_, later));
  Claim never = claim("clm-3", 'c', ClaimState::notifying);
  never.deadline.reset();
  ASSERT_TRUE(insert(*store_, never));
  EXPECT_TRUE(view().claims().due(899'999, 10)->empty());
  EXPECT_EQ(view().claims().due(900'000, 10)->size(), 1u);
  EXPECT_EQ(view().claims().due(9'000'000, 10)->size(), 2u);
  EXPECT_EQ(view().claims().due(9'000'000, 1)->front().id, "clm-1");
  EXPECT_EQ(view().claims().run_time(), 0);
  write([](cloud::Registry& registry) { return registry.claims().add_run_time(60'000); });
  write([](cloud::Registry& registry) { return registry.claims().add_run_time(5); });
  reopen();
  EXPECT_EQ(view().claims().run_time(), 60'005);
}

TEST_P(RegistryContract, AClaimThatMovesIsNewsOfItsModule) {
  const std::int64_t before = view().changes_after(0)->last;
  ASSERT_TRUE(insert(*store_, claim("clm-1", 'a')));
  EXPECT_EQ(view().changes_after(before)->certificates, std::vector<std::string>{id_of('a')});
}

TEST_P(RegistryContract, GrantsAndVoucherKeys) {
  write([](cloud::Registry& registry) {
    return registry.claim_grants().put({kVendor, kCustomer, cloud::Proof::voucher, false, kNow});
  });
  write([](cloud::Registry& registry) {
    return registry.claim_grants().put({kVendor, kCustomer, cloud::Proof::open, true, kNow});
  });
  const auto grant = view().claim_grants().find(kVendor, kCustomer);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->proof, cloud::Proof::open);
  EXPECT_TRUE(grant->classic);
  EXPECT_EQ(view().claim_grants().of_vendor(kVendor)->size(), 1u);
  EXPECT_EQ(view().claim_grants().find(kCustomer, kVendor).error().code, Errc::not_found);
  write([](cloud::Registry& registry) { return registry.claim_grants().remove(kVendor, kCustomer); });
  EXPECT_EQ(view().claim_grants().find(kVendor, kCustomer).error().code, Errc::not_found);

  const cloud::VoucherKey key{kVendor, "K1", "pem", true, kNow};
  write([&](cloud::Registry& registry) { return registry.claim_grants().insert_key(key); });
  const Status twice =
      store_->write([&](cloud::Registry& registry) { return registry.claim_grants().insert_key(key); });
  EXPECT_EQ(twice.error().code, Errc::already_exists);
  EXPECT_TRUE(view().claim_grants().find_key(kVendor, "K1")->is_active);
  write([](cloud::Registry& registry) { return registry.claim_grants().revoke_key(kVendor, "K1"); });
  EXPECT_FALSE(view().claim_grants().find_key(kVendor, "K1")->is_active);
  EXPECT_EQ(view().claim_grants().keys_of(kVendor)->front().public_pem, "pem");
  EXPECT_EQ(view().claim_grants().find_key(kCustomer, "K1").error().code, Errc::not_found);
}

TEST_P(RegistryContract, AnAttemptThatFailsIsUndoneAndTheTransactionGoesOn) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "before")));
    const Status failed = registry.attempt([&]() -> Status {
      XL_CHECK(registry.things().insert(make_thing(kVendor, "undone")));
      XL_CHECK(registry.attempt([&] { return registry.things().insert(make_thing(kVendor, "undone too")); }));
      return fail(Error::forbidden("no"));
    });
    EXPECT_EQ(failed.error().detail, "no");
    XL_CHECK(registry.attempt([&] { return registry.things().insert(make_thing(kVendor, "kept")); }));
    return registry.things().insert(make_thing(kVendor, "after"));
  });
  for (const char* name : {"before", "kept", "after"}) EXPECT_TRUE(view().things().find(kVendor, name)) << name;
  for (const char* name : {"undone", "undone too"}) EXPECT_FALSE(view().things().find(kVendor, name)) << name;
}

}  // namespace
}  // namespace xl::contract
