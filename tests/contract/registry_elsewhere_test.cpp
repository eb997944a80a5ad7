// SPDX-License-Identifier: Apache-2.0
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

using cloud::Elsewhere;
using cloud::Errand;
using cloud::ErrandStage;

Elsewhere elsewhere() {
  return {kCustomer, "https://there", "eu-west-1", "AKIA",  std::string("\0\xff", 2),
          "PEM",     "host",          8884,        "lamps", kNow};
}

Errand errand(char module) {
  Errand out;
  out.account_id = kCustomer;
  out.fingerprint = id_of(module);
  out.thing_name = "lamp";
  out.claim_id = "clm-1";
  return out;
}

TEST_P(RegistryContract, AnAccountElsewhereIsKeptToTheLastMemberAndReplaced) {
  EXPECT_EQ(view().elsewhere().find(kCustomer).error().code, Errc::not_found);
  write([](cloud::Registry& registry) { return registry.elsewhere().put(elsewhere()); });
  reopen();
  auto kept = view().elsewhere().find(kCustomer);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->account_id, kCustomer);
  EXPECT_EQ(kept->url, "https://there");
  EXPECT_EQ(kept->region, "eu-west-1");
  EXPECT_EQ(kept->access_key_id, "AKIA");
  EXPECT_EQ(kept->sealed_secret, std::string("\0\xff", 2));
  EXPECT_EQ(kept->root_ca_pem, "PEM");
  EXPECT_EQ(kept->endpoint, "host");
  EXPECT_EQ(kept->port, 8884);
  EXPECT_EQ(kept->policy, "lamps");
  EXPECT_EQ(kept->modified, kNow);
  kept->url = "https://moved";
  write([&](cloud::Registry& registry) { return registry.elsewhere().put(*kept); });
  EXPECT_EQ(view().elsewhere().find(kCustomer)->url, "https://moved");
}

TEST_P(RegistryContract, AnErrandChangesOnlyFromTheVersionThatWasRead) {
  write([](cloud::Registry& registry) { return registry.elsewhere().put(elsewhere()); });
  const auto put = [&](const Errand& value) {
    return store_->write([&](cloud::Registry& registry) { return registry.errands().put(value); });
  };
  Errand next = errand('a');
  next.version = 2;
  EXPECT_EQ(put(next).error().code, Errc::conflict) << "there is none yet";
  next.version = 1;
  ASSERT_TRUE(put(next));
  EXPECT_EQ(put(next).error().code, Errc::conflict) << "there is one already";
  next.version = 2;
  next.claim_id = "clm-2";
  next.stage = ErrandStage::withdraw;
  next.is_sent = next.keeps_thing = true;
  next.seen_before = 17;
  next.problem = "it is down";
  next.modified = kNow;
  ASSERT_TRUE(put(next));
  EXPECT_EQ(put(next).error().code, Errc::conflict) << "twice from the same version";
  reopen();
  const auto kept = view().errands().find(kCustomer, id_of('a'));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->thing_name, "lamp");
  EXPECT_EQ(kept->claim_id, "clm-2");
  EXPECT_EQ(kept->stage, ErrandStage::withdraw);
  EXPECT_EQ(kept->version, 2);
  EXPECT_TRUE(kept->is_sent);
  EXPECT_TRUE(kept->keeps_thing);
  EXPECT_EQ(kept->seen_before, 17);
  EXPECT_EQ(kept->problem, "it is down");
  EXPECT_EQ(kept->modified, kNow);
  const auto remove = [&](const Errand& value) {
    return store_->write([&](cloud::Registry& registry) { return registry.errands().remove(value); });
  };
  EXPECT_EQ(remove(errand('a')).error().code, Errc::conflict) << "an older version";
  ASSERT_TRUE(remove(*kept));
  EXPECT_EQ(view().errands().find(kCustomer, id_of('a')).error().code, Errc::not_found);
}

TEST_P(RegistryContract, ErrandsOfAStageAreReadInPieces) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.elsewhere().put(elsewhere()));
    for (const char module : {'a', 'b', 'c'}) XL_CHECK(registry.errands().put(errand(module)));
    Errand other = errand('d');
    other.stage = ErrandStage::watch;
    return registry.errands().put(other);
  });
  const auto first = view().errands().in_stage(ErrandStage::prepare, 0, 2);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2u);
  const auto rest = view().errands().in_stage(ErrandStage::prepare, first->back().number, 2);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1u);
  EXPECT_EQ(rest->front().entry.fingerprint, id_of('c'));
  const auto counts = view().errands().counts();
  ASSERT_TRUE(counts);
  EXPECT_EQ(*counts, (std::map<ErrandStage, std::int64_t>{{ErrandStage::prepare, 3}, {ErrandStage::watch, 1}}));
}

}  // namespace
}  // namespace xl::contract
