// SPDX-License-Identifier: Apache-2.0
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

using cloud::CustodyStatus;

cloud::Custody custody(std::int64_t epoch, CustodyStatus status, std::optional<std::string> owner = {}) {
  return {id_of('a'), "lamp", kVendor, std::move(owner), status, epoch};
}

Status change(cloud::RegistryStore& store, const cloud::Custody& next, std::string_view reason) {
  return store.write([&](cloud::Registry& registry) { return registry.custody().change(next, reason, kNow); });
}

TEST_P(RegistryContract, CustodyChangesAndRemembersWhy) {
  ASSERT_TRUE(change(*store_, custody(1, CustodyStatus::free), "first staging connect"));
  ASSERT_TRUE(change(*store_, custody(2, CustodyStatus::owned, kCustomer), "claimed"));
  const auto now = view().custody().find(id_of('a'));
  ASSERT_TRUE(now);
  EXPECT_EQ(now->status, CustodyStatus::owned);
  EXPECT_EQ(now->owner_account, kCustomer);
  EXPECT_EQ(now->vendor_account, kVendor);
  EXPECT_EQ(now->epoch, 2);
  const auto history = view().custody().history(id_of('a'));
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ(history->at(0).reason, "first staging connect");
  EXPECT_EQ(history->at(1).owner_account, kCustomer);
  EXPECT_EQ(view().custody().find(id_of('b')).error().code, Errc::not_found);
}

TEST_P(RegistryContract, CustodyIsFoundByItsOwnerAndThingName) {
  ASSERT_TRUE(change(*store_, custody(1, CustodyStatus::free), "one"));
  EXPECT_TRUE(view().custody().find_owned(kCustomer, "lamp")->empty());
  ASSERT_TRUE(change(*store_, custody(2, CustodyStatus::owned, kCustomer), "two"));
  EXPECT_EQ(view().custody().find_owned(kCustomer, "lamp")->at(0).fingerprint, id_of('a'));
  EXPECT_TRUE(view().custody().find_owned(kCustomer, "lock")->empty());
  EXPECT_TRUE(view().custody().find_owned(kVendor, "lamp")->empty());
}

TEST_P(RegistryContract, EveryCustodyEntryHoldsTheHashOfTheOneBefore) {
  ASSERT_TRUE(change(*store_, custody(1, CustodyStatus::free), "one"));
  ASSERT_TRUE(change(*store_, custody(2, CustodyStatus::revoked), "two"));
  ASSERT_TRUE(change(*store_, custody(3, CustodyStatus::free), "three"));
  const auto history = view().custody().history(id_of('a'));
  std::string previous(64, '0');
  for (const cloud::CustodyEntry& entry : *history) {
    EXPECT_EQ(entry.previous_hash, previous);
    EXPECT_EQ(entry.hash.size(), 64u);
    EXPECT_NE(entry.hash, previous);
    previous = entry.hash;
  }
}

TEST_P(RegistryContract, AStaleCustodyChangeIsAConflictAndChangesNothing) {
  ASSERT_TRUE(change(*store_, custody(1, CustodyStatus::free), "one"));
  for (const std::int64_t stale : {0, 1, 3, -1}) {
    const Status refused = change(*store_, custody(stale, CustodyStatus::owned, kCustomer), "stale");
    ASSERT_FALSE(refused) << stale;
    EXPECT_EQ(refused.error().code, Errc::conflict) << stale;
  }
  EXPECT_EQ(view().custody().find(id_of('a'))->status, CustodyStatus::free);
  EXPECT_EQ(view().custody().history(id_of('a'))->size(), 1u);
}

TEST_P(RegistryContract, CustodyCannotBeginLaterThanEpochOne) {
  EXPECT_EQ(change(*store_, custody(2, CustodyStatus::free), "no beginning").error().code, Errc::conflict);
  EXPECT_FALSE(view().custody().find(id_of('a')));
}

TEST_P(RegistryContract, CustodyOutlivesRegistrations) {
  ASSERT_TRUE(change(*store_, custody(1, CustodyStatus::free), "one"));
  EXPECT_FALSE(view().certificates().find(kVendor, id_of('a'))) << "needs no registered certificate";
  reopen();
  EXPECT_TRUE(view().custody().find(id_of('a')));
}

}  // namespace
}  // namespace xl::contract
