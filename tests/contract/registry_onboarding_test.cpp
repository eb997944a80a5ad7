// SPDX-License-Identifier: Apache-2.0
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

using cloud::Finding;
using cloud::FindingKind;

Finding finding(const std::string& id, FindingKind kind = FindingKind::stranded) {
  Finding out;
  out.id = id;
  out.account_id = kVendor;
  out.kind = kind;
  out.subject = id_of('a');
  out.thing_name = "lamp";
  out.evidence = "it called";
  out.first_seen = out.last_seen = kNow;
  return out;
}

TEST_P(RegistryContract, AFindingOfTheSameThingIsCountedUntilSomebodyHasDealtWithIt) {
  const auto note = [this](const Finding& value) {
    bool is_new = false;
    write([&](cloud::Registry& registry) -> Status {
      XL_TRY(is_new, registry.findings().note(value));
      return {};
    });
    return is_new;
  };
  EXPECT_TRUE(note(finding("fnd-1")));
  Finding again = finding("fnd-2");
  again.evidence = "it called once more";
  again.last_seen = from_millis(to_millis(kNow) + 5);
  EXPECT_FALSE(note(again));
  EXPECT_TRUE(note(finding("fnd-3", FindingKind::flapping)));
  reopen();
  const auto kept = view().findings().find(kVendor, "fnd-1");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->count, 2);
  EXPECT_EQ(kept->kind, FindingKind::stranded);
  EXPECT_EQ(kept->subject, id_of('a'));
  EXPECT_EQ(kept->thing_name, "lamp");
  EXPECT_EQ(kept->evidence, "it called once more");
  EXPECT_EQ(kept->first_seen, kNow);
  EXPECT_EQ(kept->last_seen, again.last_seen);
  EXPECT_TRUE(kept->is_open);
  EXPECT_EQ(view().findings().find(kCustomer, "fnd-1").error().code, Errc::not_found);
  EXPECT_EQ(view().findings().open_counts()->at(FindingKind::flapping), 1);

  write([](cloud::Registry& registry) { return registry.findings().close(kVendor, "fnd-1"); });
  write([](cloud::Registry& registry) { return registry.findings().close(kVendor, "fnd-1"); });
  EXPECT_FALSE(view().findings().find(kVendor, "fnd-1")->is_open);
  EXPECT_EQ(view().findings().list(kVendor, false, {})->items.size(), 1u);
  EXPECT_EQ(view().findings().list(kVendor, true, {})->items.size(), 2u);
  EXPECT_FALSE(view().findings().open_counts()->contains(FindingKind::stranded));
  EXPECT_TRUE(note(finding("fnd-4")));  // it happens again: somebody must look again
  const Status unknown =
      store_->write([](cloud::Registry& registry) { return registry.findings().close(kVendor, "fnd-9"); });
  EXPECT_EQ(unknown.error().code, Errc::not_found);
}

TEST_P(RegistryContract, FindingsAreListedInPages) {
  for (const FindingKind kind : {FindingKind::flapping, FindingKind::stranded, FindingKind::clock_jump}) {
    write([&](cloud::Registry& registry) -> Status {
      return registry.findings().note(finding("fnd-" + std::to_string(static_cast<int>(kind)), kind)).map([](bool) {});
    });
  }
  const auto first = view().findings().list(kVendor, false, {.after = "", .limit = 2});
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_TRUE(first->more);
  const auto rest = view().findings().list(kVendor, false, {.after = first->items.back().id, .limit = 2});
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_FALSE(rest->more);
}

TEST_P(RegistryContract, AnOwnersRuleIsKept) {
  using namespace std::chrono_literals;
  const cloud::ResetRule rule{kCustomer, id_of('a'), cloud::OnReset::free_after, 24h, 77};
  write([&](cloud::Registry& registry) { return registry.reset_rules().put(rule); });
  reopen();
  auto kept = view().reset_rules().find(kCustomer, id_of('a'));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->rule, cloud::OnReset::free_after);
  EXPECT_EQ(kept->hold, 24h);
  EXPECT_EQ(kept->reset_at, 77);
  write([&](cloud::Registry& registry) {
    return registry.reset_rules().put({kCustomer, id_of('a'), cloud::OnReset::locked, 0h, std::nullopt});
  });
  kept = view().reset_rules().find(kCustomer, id_of('a'));
  EXPECT_EQ(kept->rule, cloud::OnReset::locked);
  EXPECT_EQ(kept->reset_at, std::nullopt);
  write([](cloud::Registry& registry) { return registry.reset_rules().remove(kCustomer, id_of('a')); });
  write([](cloud::Registry& registry) { return registry.reset_rules().remove(kCustomer, id_of('a')); });
  EXPECT_EQ(view().reset_rules().find(kCustomer, id_of('a')).error().code, Errc::not_found);
}

TEST_P(RegistryContract, ACursorRemembersHowFarAReaderHasCome) {
  EXPECT_EQ(view().cursors().find("events"), 0);
  write([](cloud::Registry& registry) { return registry.cursors().put("events", 3); });
  write([](cloud::Registry& registry) { return registry.cursors().put("events", 8); });
  reopen();
  EXPECT_EQ(view().cursors().find("events"), 8);
}

TEST_P(RegistryContract, CustodyIsReadInTheOrderItWasWritten) {
  const auto change = [this](char module, std::int64_t epoch) {
    write([&](cloud::Registry& registry) {
      return registry.custody().change(
          {id_of(module), "lamp", kVendor, std::nullopt, cloud::CustodyStatus::free, epoch, std::string(1, module)},
          "test", kNow);
    });
  };
  change('b', 1);
  change('a', 1);
  change('b', 2);
  const auto all = view().custody().entries_after(0, 10);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[1].entry.fingerprint, id_of('a'));
  EXPECT_EQ((*all)[2].entry.epoch, 2);
  const auto rest = view().custody().entries_after((*all)[0].number, 1);
  ASSERT_EQ(rest->size(), 1u);
  EXPECT_EQ((*rest)[0].entry.hash, (*all)[1].entry.hash);
}

TEST_P(RegistryContract, ClaimsAreReadInTheOrderTheyChanged) {
  EXPECT_EQ(view().claims().last_entry(), 0);
  cloud::Claim claim;
  claim.id = "clm-1";
  claim.account_id = kCustomer;
  claim.vendor_account = kVendor;
  claim.thing_name = "lamp";
  claim.fingerprint = id_of('a');
  claim.created = claim.modified = kNow;
  write([&](cloud::Registry& registry) { return registry.claims().insert(claim); });
  claim.state = cloud::ClaimState::cancelled;
  claim.epoch = 2;
  write([&](cloud::Registry& registry) { return registry.claims().update(claim); });
  const auto all = view().claims().entries_after(0, 10);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].entry.claim_id, "clm-1");
  EXPECT_EQ((*all)[1].entry.state, cloud::ClaimState::cancelled);
  EXPECT_EQ(view().claims().last_entry(), (*all)[1].number);
  EXPECT_TRUE(view().claims().entries_after((*all)[1].number, 10)->empty());
}

TEST_P(RegistryContract, AGrantKnowsItsClaimThing) {
  cloud::ClaimGrant grant{kVendor, kCustomer, cloud::Proof::voucher, true, kNow, id_of('c')};
  write([&](cloud::Registry& registry) { return registry.claim_grants().put(grant); });
  reopen();
  EXPECT_EQ(view().claim_grants().find_by_claim_certificate(kVendor, id_of('c'))->customer_account, kCustomer);
  EXPECT_EQ(view().claim_grants().find_by_claim_certificate(kCustomer, id_of('c')).error().code, Errc::not_found);
  EXPECT_EQ(view().claim_grants().of_customer(kCustomer)->front().claim_certificate, id_of('c'));
  grant.claim_certificate.clear();
  write([&](cloud::Registry& registry) { return registry.claim_grants().put(grant); });
  EXPECT_EQ(view().claim_grants().find_by_claim_certificate(kVendor, id_of('c')).error().code, Errc::not_found);
  EXPECT_EQ(view().claim_grants().find_by_claim_certificate(kVendor, "").error().code, Errc::not_found);
}

TEST_P(RegistryContract, AGrantKnowsItsLots) {
  cloud::ClaimGrant grant{kVendor, kCustomer, cloud::Proof::voucher, false, kNow, "", {"LOT1", "LOT2"}};
  write([&](cloud::Registry& registry) { return registry.claim_grants().put(grant); });
  reopen();
  EXPECT_EQ(view().claim_grants().find(kVendor, kCustomer)->lots, grant.lots);
  EXPECT_EQ(view().claim_grants().of_vendor(kVendor)->front().lots, grant.lots);
  grant.lots.clear();
  write([&](cloud::Registry& registry) { return registry.claim_grants().put(grant); });
  EXPECT_TRUE(view().claim_grants().find(kVendor, kCustomer)->lots.empty());
}

TEST_P(RegistryContract, SightingsTellWhichStagedModulesWereNotSeen) {
  const auto stage = [this](char module, cloud::CustodyStatus status, std::int64_t seen) {
    write([&](cloud::Registry& registry) -> Status {
      XL_CHECK(registry.certificates().insert(make_certificate(kVendor, module)));
      const auto owner = status == cloud::CustodyStatus::free ? std::nullopt : std::optional(kCustomer);
      XL_CHECK(
          registry.custody().change({id_of(module), std::string(1, module), kVendor, owner, status, 1}, "test", kNow));
      return registry.sightings().note(kVendor, id_of(module), seen);
    });
  };
  stage('a', cloud::CustodyStatus::free, 100);
  stage('b', cloud::CustodyStatus::owned, 100);
  stage('c', cloud::CustodyStatus::reserved, 0);
  stage('d', cloud::CustodyStatus::owned_reset, 100);
  stage('e', cloud::CustodyStatus::free, 50);
  reopen();
  const auto unseen = [this](std::int64_t before, std::int64_t owned_before, const std::string& after = "") {
    std::string names;
    const auto found = view().sightings().unseen(before, owned_before, after, 10);
    for (const auto& staged : *found) names += staged.thing_name;
    return names;
  };
  EXPECT_EQ(unseen(100, 100), "e");
  EXPECT_EQ(unseen(101, 100), "ade");
  EXPECT_EQ(unseen(0, 101), "b");
  EXPECT_EQ(unseen(101, 101, id_of('b')), "de");
  const auto first = view().sightings().unseen(101, 101, "", 1);
  ASSERT_EQ(first->size(), 1U);
  EXPECT_EQ(first->front().account_id, kVendor);
  EXPECT_EQ(first->front().certificate_id, id_of('a'));

  write([](cloud::Registry& registry) { return registry.sightings().note(kVendor, id_of('a'), 200); });
  EXPECT_EQ(*view().sightings().find(kVendor, id_of('a')), 200);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.sightings().remove(kVendor, id_of('d')));
    return registry.certificates().remove(kVendor, id_of('e'));
  });
  EXPECT_EQ(unseen(101, 101), "b");
  EXPECT_EQ(view().sightings().find(kVendor, id_of('e')).error().code, Errc::not_found);
  EXPECT_EQ(*view().sightings().count_dormant(), 0);
  write([](cloud::Registry& registry) {
    return registry.certificates().set_status(kVendor, id_of('a'), cloud::CertificateStatus::dormant, kNow);
  });
  EXPECT_EQ(*view().sightings().count_dormant(), 1);
}

TEST_P(RegistryContract, TransfersThatWaitAreFoundByTheirAge) {
  const auto put = [this](char certificate, cloud::TransferState state, std::int64_t age) {
    write([&](cloud::Registry& registry) {
      cloud::CertificateTransfer transfer;
      transfer.certificate_id = id_of(certificate);
      transfer.source_account = kVendor;
      transfer.target_account = kCustomer;
      transfer.state = state;
      transfer.began = from_millis(to_millis(kNow) - age);
      return registry.transfers().put(transfer);
    });
  };
  put('a', cloud::TransferState::pending, 100);
  put('b', cloud::TransferState::pending, 300);
  put('c', cloud::TransferState::accepted, 300);
  put('d', cloud::TransferState::pending, 200);
  const auto old = view().transfers().pending_before(from_millis(to_millis(kNow) - 150), 10);
  ASSERT_EQ(old->size(), 2u);
  EXPECT_EQ((*old)[0].certificate_id, id_of('b'));
  EXPECT_EQ(view().transfers().pending_before(kNow, 1)->size(), 1u);
}

}  // namespace
}  // namespace xl::contract
