// SPDX-License-Identifier: Apache-2.0
// Policy versions, thing groups, and what a certificate inherits through them.
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

std::vector<std::string> names_of(const Result<std::vector<cloud::Policy>>& policies) {
  std::vector<std::string> names;
  for (const auto& policy : *policies) names.push_back(policy.name);
  return names;
}

cloud::ThingGroup make_group(const std::string& name, std::optional<std::string> parent = std::nullopt) {
  return {kVendor, name, "9a0e3a0e-0000-4000-8000-000000000001", std::move(parent), "text", {{"a", "1"}}, 1, kNow};
}

/// Thing "lamp" of certificate a; groups house > floor > room, and garden beside them.
Status make_house(cloud::Registry& registry) {
  XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
  XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
  XL_CHECK(registry.things().attach(kVendor, "lamp", id_of('a')));
  XL_CHECK(registry.thing_groups().insert(make_group("house")));
  XL_CHECK(registry.thing_groups().insert(make_group("floor", "house")));
  XL_CHECK(registry.thing_groups().insert(make_group("room", "floor")));
  XL_CHECK(registry.thing_groups().insert(make_group("garden")));
  for (const char* name : {"own", "on-house", "on-floor", "on-garden"})
    XL_CHECK(registry.policies().insert(make_policy(kVendor, name)));
  XL_CHECK(registry.policies().attach(kVendor, "own", id_of('a')));
  XL_CHECK(registry.policies().attach_to_group(kVendor, "on-house", "house"));
  XL_CHECK(registry.policies().attach_to_group(kVendor, "on-floor", "floor"));
  return registry.policies().attach_to_group(kVendor, "on-garden", "garden");
}

TEST_P(RegistryContract, APolicysVersionsAreNumberedOnceAndOneIsTheDefault) {
  write([](cloud::Registry& registry) { return registry.policies().insert(make_policy(kVendor, "p")); });
  std::vector<std::string> ids;
  const auto add = [&](cloud::Registry& registry) -> Status {
    XL_TRY(auto id, registry.policies().add_version(kVendor, "p", "{\"v\":2}", kNow));
    ids.push_back(std::move(id));
    return {};
  };
  write(add);
  write([](cloud::Registry& registry) { return registry.policies().remove_version(kVendor, "p", "2"); });
  write(add);
  EXPECT_EQ(ids, (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ(view().policies().find(kVendor, "p")->default_version, "1");
  write([](cloud::Registry& r) { return r.policies().set_default(kVendor, "p", "3", kNow + std::chrono::hours(1)); });
  const auto policy = view().policies().find(kVendor, "p");
  EXPECT_EQ(policy->default_version, "3");
  EXPECT_EQ(policy->document, "{\"v\":2}");
  EXPECT_EQ(policy->modified, kNow + std::chrono::hours(1));
  EXPECT_EQ(view().policies().versions(kVendor, "p")->front().document, R"({"Version":"2012-10-17"})");
  for (const char* unknown : {"2", "9", "x", ""}) {
    const Status refused =
        store_->write([&](cloud::Registry& r) { return r.policies().set_default(kVendor, "p", unknown, kNow); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::not_found);
  }
}

TEST_P(RegistryContract, ANewDefaultIsAChangeForWhoeverHasThePolicy) {
  write(make_house);
  write([](cloud::Registry& registry) -> Status {
    for (const char* name : {"own", "on-house"}) XL_CHECK(registry.policies().add_version(kVendor, name, "{}", kNow));
    return registry.policies().insert(make_policy(kVendor, "unused"));
  });
  const auto change = [&](const char* policy, const char* version) {
    const std::int64_t before = view().changes_after(0)->last;
    write([&](cloud::Registry& registry) { return registry.policies().set_default(kVendor, policy, version, kNow); });
    return *view().changes_after(before);
  };
  EXPECT_EQ(change("own", "2").certificates, std::vector<std::string>{id_of('a')});
  EXPECT_TRUE(change("own", "1").accounts.empty());
  const auto of_a_group = change("on-house", "2");
  EXPECT_EQ(of_a_group.accounts, std::vector<std::string>{kVendor}) << "whoever is in the house";
  EXPECT_TRUE(of_a_group.certificates.empty());
  EXPECT_TRUE(of_a_group.is_complete);
  EXPECT_TRUE(change("unused", "1").certificates.empty());
}

TEST_P(RegistryContract, ANewDefaultOfAVeryCommonPolicyIsAChangeForTheWholeAccount) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.policies().insert(make_policy(kVendor, "common")));
    for (int i = 0; i < 1001; ++i) {
      cloud::Certificate certificate = make_certificate(kVendor, 'a');
      certificate.id = std::to_string(i);
      XL_CHECK(registry.certificates().insert(certificate));
      XL_CHECK(registry.policies().attach(kVendor, "common", certificate.id));
    }
    return {};
  });
  const std::int64_t before = view().changes_after(0)->last;
  write([](cloud::Registry& registry) { return registry.policies().set_default(kVendor, "common", "1", kNow); });
  EXPECT_EQ(view().changes_after(before)->accounts, std::vector<std::string>{kVendor});
}

TEST_P(RegistryContract, ARemovedPolicyIsGoneWithItsVersionsUnlessItIsAttached) {
  write(make_house);
  EXPECT_EQ(store_->write([](cloud::Registry& r) { return r.policies().remove(kVendor, "own"); }).error().code,
            Errc::conflict);
  EXPECT_EQ(store_->write([](cloud::Registry& r) { return r.policies().remove(kVendor, "on-house"); }).error().code,
            Errc::conflict);
  EXPECT_EQ(view().policies().versions(kVendor, "own")->size(), 1u) << "undone with the rest";
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.policies().detach(kVendor, "own", id_of('a')));
    return registry.policies().remove(kVendor, "own");
  });
  EXPECT_TRUE(view().policies().versions(kVendor, "own")->empty());
}

TEST_P(RegistryContract, AThingInheritsThePoliciesOfItsGroupsAndOfThoseAbove) {
  write(make_house);
  const auto effective = [&] { return names_of(view().policies().effective_for(kVendor, id_of('a'))); };
  EXPECT_EQ(effective(), std::vector<std::string>{"own"});
  const std::int64_t before = view().changes_after(0)->last;
  write([](cloud::Registry& registry) { return registry.thing_groups().add_member(kVendor, "room", "lamp"); });
  EXPECT_EQ(view().changes_after(before)->certificates, std::vector<std::string>{id_of('a')});
  EXPECT_EQ(effective(), (std::vector<std::string>{"on-floor", "on-house", "own"}));
  EXPECT_EQ(names_of(view().policies().attached_to(kVendor, id_of('a'))), std::vector<std::string>{"own"});
  write([](cloud::Registry& registry) { return registry.policies().detach_from_group(kVendor, "on-house", "house"); });
  EXPECT_EQ(effective(), (std::vector<std::string>{"on-floor", "own"}));
  write([](cloud::Registry& registry) { return registry.thing_groups().remove_member(kVendor, "room", "lamp"); });
  EXPECT_EQ(effective(), std::vector<std::string>{"own"});
}

TEST_P(RegistryContract, GroupsAreListedBelowTheirParents) {
  write(make_house);
  const auto names = [&](bool recursive) {
    std::vector<std::string> out;
    const auto page = view().thing_groups().children(kVendor, "house", recursive, {});
    for (const auto& group : page->items) out.push_back(group.name);
    return out;
  };
  EXPECT_EQ(names(false), std::vector<std::string>{"floor"});
  EXPECT_EQ(names(true), (std::vector<std::string>{"floor", "room"}));
  const auto line = view().thing_groups().ancestors(kVendor, "room");
  ASSERT_EQ(line->size(), 2u);
  EXPECT_EQ(line->back().name, "house");
  EXPECT_EQ(view().thing_groups().list(kVendor, {})->items.size(), 4u);
  EXPECT_EQ(view().thing_groups().find(kVendor, "room")->attributes, (cloud::Attributes{{"a", "1"}}));
}

TEST_P(RegistryContract, MembersAreCountedOnceHoweverDeepTheyAre) {
  write(make_house);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lock")));
    XL_CHECK(registry.thing_groups().add_member(kVendor, "room", "lamp"));
    XL_CHECK(registry.thing_groups().add_member(kVendor, "room", "lamp"));
    XL_CHECK(registry.thing_groups().add_member(kVendor, "floor", "lamp"));
    return registry.thing_groups().add_member(kVendor, "house", "lock");
  });
  const auto& groups = view().thing_groups();
  EXPECT_EQ(groups.members(kVendor, "house", false, {})->items, std::vector<std::string>{"lock"});
  EXPECT_EQ(groups.members(kVendor, "house", true, {})->items, (std::vector<std::string>{"lamp", "lock"}));
  const auto first = groups.members(kVendor, "house", true, {.after = "", .limit = 1});
  EXPECT_TRUE(first->more);
  EXPECT_EQ(groups.members(kVendor, "house", true, {.after = "lamp", .limit = 1})->items,
            std::vector<std::string>{"lock"});
  EXPECT_EQ(*groups.groups_of(kVendor, "lamp"), (std::vector<std::string>{"floor", "room"}));
}

TEST_P(RegistryContract, ARemovedGroupLeavesNoMembershipsAndNoPolicies) {
  write(make_house);
  write([](cloud::Registry& registry) { return registry.thing_groups().add_member(kVendor, "room", "lamp"); });
  EXPECT_EQ(store_->write([](cloud::Registry& r) { return r.thing_groups().remove(kVendor, "floor"); }).error().code,
            Errc::conflict);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.thing_groups().remove(kVendor, "room"));
    return registry.thing_groups().remove(kVendor, "floor");
  });
  EXPECT_TRUE(view().thing_groups().groups_of(kVendor, "lamp")->empty());
  EXPECT_TRUE(view().policies().targets(kVendor, "on-floor", {})->items.empty());
}

TEST_P(RegistryContract, APolicysTargetsArePagedCertificatesFirst) {
  write(make_house);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'b')));
    XL_CHECK(registry.policies().attach(kVendor, "own", id_of('b')));
    XL_CHECK(registry.policies().attach_to_group(kVendor, "own", "garden"));
    return registry.policies().attach_to_group(kVendor, "own", "house");
  });
  std::vector<std::string> seen;
  cloud::PageRequest page{.after = "", .limit = 1};
  for (bool more = true; more;) {
    const auto part = view().policies().targets(kVendor, "own", page);
    ASSERT_EQ(part->items.size(), 1u);
    seen.push_back(page.after = part->items.front());
    more = part->more;
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"cert/" + id_of('a'), "cert/" + id_of('b'), "thinggroup/garden",
                                            "thinggroup/house"}));
}

}  // namespace
}  // namespace xl::contract
