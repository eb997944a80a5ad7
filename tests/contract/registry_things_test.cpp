// SPDX-License-Identifier: Apache-2.0
// Things with types and principals, certificates that go away or to another account, template versions, tags.
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

cloud::ThingType make_type(const std::string& name) {
  return {kVendor, name, "9a0e3a0e-0000-4000-8000-000000000002", "text", {"color", "size"}, kNow, std::nullopt};
}

TEST_P(RegistryContract, AThingTypeKeepsEveryFieldAndStaysWhileItIsUsed) {
  cloud::ThingType type = make_type("lamps");
  write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.thing_types().insert(type));
    cloud::Thing thing = make_thing(kVendor, "lamp");
    thing.type_name = "lamps";
    return registry.things().insert(thing);
  });
  EXPECT_EQ(view().things().find(kVendor, "lamp")->type_name, "lamps");
  EXPECT_EQ(view().thing_types().find(kVendor, "lamps")->searchable_attributes, type.searchable_attributes);
  EXPECT_EQ(view().thing_types().find(kVendor, "lamps")->deprecated, std::nullopt);
  type.deprecated = kNow;
  write([&](cloud::Registry& registry) { return registry.thing_types().update(type); });
  EXPECT_EQ(view().thing_types().find(kVendor, "lamps")->deprecated, kNow);
  EXPECT_EQ(store_->write([](cloud::Registry& r) { return r.thing_types().remove(kVendor, "lamps"); }).error().code,
            Errc::conflict);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().remove(kVendor, "lamp"));
    return registry.thing_types().remove(kVendor, "lamps");
  });
  EXPECT_TRUE(view().thing_types().list(kVendor, {})->items.empty());
}

TEST_P(RegistryContract, AThingWithPrincipalsIsNotRemoved) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    return registry.things().attach_exclusively(kVendor, "lamp", id_of('a'));
  });
  const auto links = view().things().links_of_thing(kVendor, "lamp", {});
  ASSERT_EQ(links->items.size(), 1u);
  EXPECT_TRUE(links->items[0].exclusive);
  EXPECT_EQ(view().things().links_of_certificate(kVendor, id_of('a'), {})->items[0].thing_name, "lamp");
  EXPECT_EQ(store_->write([](cloud::Registry& r) { return r.things().remove(kVendor, "lamp"); }).error().code,
            Errc::conflict);
  const std::int64_t before = view().changes_after(0)->last;
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().detach(kVendor, "lamp", id_of('a')));
    XL_CHECK(registry.things().detach(kVendor, "lamp", id_of('a')));
    return registry.things().remove(kVendor, "lamp");
  });
  EXPECT_EQ(view().changes_after(before)->certificates, std::vector{id_of('a')});
}

TEST_P(RegistryContract, AChangedThingIsAChangeForItsPrincipals) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
    for (const char digit : {'a', 'b'}) {
      XL_CHECK(registry.certificates().insert(make_certificate(kVendor, digit)));
      XL_CHECK(registry.things().attach(kVendor, "lamp", id_of(digit)));
    }
    return {};
  });
  const std::int64_t before = view().changes_after(0)->last;
  write([](cloud::Registry& registry) { return registry.things().update(make_thing(kVendor, "lamp")); });
  EXPECT_EQ(view().changes_after(before)->certificates, (std::vector<std::string>{id_of('a'), id_of('b')}));
}

TEST_P(RegistryContract, ACertificateIsRemovedOnceNothingHoldsIt) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    XL_CHECK(registry.certificates().insert(make_certificate(kCustomer, 'a')));
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
    return registry.things().attach(kVendor, "lamp", id_of('a'));
  });
  const auto remove = [](cloud::Registry& r) { return r.certificates().remove(kVendor, id_of('a')); };
  EXPECT_EQ(store_->write(remove).error().code, Errc::conflict);
  write([](cloud::Registry& registry) { return registry.things().detach(kVendor, "lamp", id_of('a')); });
  const std::int64_t before = view().changes_after(0)->last;
  write(remove);
  EXPECT_EQ(view().changes_after(before)->certificates, std::vector<std::string>{id_of('a')});
  EXPECT_EQ(store_->write(remove).error().code, Errc::not_found);
  EXPECT_TRUE(view().certificates().find(kCustomer, id_of('a')));
}

TEST_P(RegistryContract, ATombstoneLastsUntilTheCertificateIsRegistered) {
  const auto put = [](cloud::Registry& r) { return r.tombstones().put(kVendor, id_of('a'), kNow); };
  const auto has = [this](const std::string& account) { return view().tombstones().has(account, id_of('a')).value(); };
  write(put);
  write(put);
  EXPECT_TRUE(has(kVendor));
  EXPECT_FALSE(has(kCustomer)) << "it is one account's";
  cloud::Certificate offered = make_certificate(kVendor, 'a');
  offered.status = cloud::CertificateStatus::pending_transfer;
  write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(offered));
    return registry.certificates().remove(kVendor, offered.id);
  });
  EXPECT_TRUE(has(kVendor)) << "an offer that nobody has accepted";
  write([](cloud::Registry& registry) -> Status {
    return registry.certificates().insert(make_certificate(kVendor, 'a'));
  });
  EXPECT_FALSE(has(kVendor));
  write(put);
  write([](cloud::Registry& registry) { return registry.tombstones().remove(kVendor, id_of('a')); });
  EXPECT_FALSE(has(kVendor));
}

TEST_P(RegistryContract, AnAccountsOwnLimitsStandOverTheDefaults) {
  using cloud::limits::Limit;
  const auto set = [this](Limit limit, std::optional<std::size_t> value) {
    write([=](cloud::Registry& r) { return r.accounts().set_limit(kVendor, limit, value); });
  };
  const auto own = [this](const std::string& account) {
    return view().accounts().limits(account)->own(Limit::group_depth);
  };
  EXPECT_EQ((*view().accounts().limits(kVendor))[Limit::group_depth], 7u);
  const std::int64_t before = view().changes_after(0)->last;
  set(Limit::group_depth, 9);
  set(Limit::group_depth, 0);
  EXPECT_EQ(own(kVendor), 0u);
  EXPECT_EQ(own(kCustomer), std::nullopt);
  EXPECT_TRUE(view().accounts().limits(kVendor)->allow(Limit::group_depth, 1000)) << "0: no limit";
  EXPECT_EQ(view().changes_after(before)->accounts, (std::vector<std::string>{kVendor, kVendor}));
  set(Limit::group_depth, std::nullopt);
  EXPECT_EQ(own(kVendor), std::nullopt);
}

TEST_P(RegistryContract, CertificatesAreListedByTheirCa) {
  write([](cloud::Registry& registry) -> Status {
    cloud::Certificate other = make_certificate(kVendor, 'b');
    other.ca_certificate_id = std::nullopt;
    XL_CHECK(registry.certificates().insert(other));
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'd')));
    return registry.certificates().insert(make_certificate(kVendor, 'a'));
  });
  const auto first = view().certificates().list_by_ca(kVendor, id_of('c'), {.after = "", .limit = 1});
  EXPECT_EQ(first->items.front().id, id_of('a'));
  EXPECT_TRUE(first->more);
  EXPECT_EQ(view()
                .certificates()
                .list_by_ca(kVendor, id_of('c'), {.after = id_of('a'), .created_after = kNow})
                ->items.front()
                .id,
            id_of('d'));
}

TEST_P(RegistryContract, ATransferIsSeenFromBothSides) {
  cloud::CertificateTransfer transfer{id_of('a'), kVendor, kCustomer, cloud::TransferState::pending,
                                      "hello",    "",      kNow,      std::nullopt};
  write([&](cloud::Registry& registry) { return registry.transfers().put(transfer); });
  EXPECT_EQ(view().transfers().outgoing(kVendor, id_of('a'))->message, "hello");
  EXPECT_EQ(view().transfers().incoming(kCustomer, id_of('a'))->source_account, kVendor);
  EXPECT_FALSE(view().transfers().outgoing(kCustomer, id_of('a')));
  EXPECT_EQ(view().transfers().list_outgoing(kVendor, {})->items.size(), 1u);
  transfer.state = cloud::TransferState::rejected;
  transfer.reject_reason = "no";
  transfer.ended = kNow + std::chrono::hours(1);
  write([&](cloud::Registry& registry) { return registry.transfers().put(transfer); });
  EXPECT_EQ(view().transfers().outgoing(kVendor, id_of('a'))->reject_reason, "no");
  EXPECT_EQ(view().transfers().outgoing(kVendor, id_of('a'))->ended, transfer.ended);
  EXPECT_TRUE(view().transfers().list_outgoing(kVendor, {})->items.empty());
  write([&](cloud::Registry& registry) { return registry.transfers().remove(kVendor, id_of('a')); });
  EXPECT_FALSE(view().transfers().outgoing(kVendor, id_of('a')));
}

TEST_P(RegistryContract, ATemplatesVersionsAreNumberedOnceAndOneIsTheDefault) {
  const cloud::ProvisioningTemplate made{
      kVendor, "birth", cloud::TemplateType::jitp, "{}", "text", "arn:role", false, 1, kNow, kNow};
  write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.templates().insert(made));
    XL_CHECK(registry.templates().add_version(kVendor, "birth", "{\"n\":2}", kNow));
    XL_CHECK(registry.templates().remove_version(kVendor, "birth", 2));
    XL_TRY(const auto third, registry.templates().add_version(kVendor, "birth", "{\"n\":3}", kNow));
    return registry.templates().set_default(kVendor, "birth", third, kNow);
  });
  EXPECT_EQ(view().templates().find(kVendor, "birth")->default_version, 3);
  EXPECT_EQ(view().templates().find(kVendor, "birth")->body, "{\"n\":3}");
  EXPECT_EQ(view().templates().versions(kVendor, "birth")->size(), 2u);
  cloud::ProvisioningTemplate changed = made;
  changed.enabled = true;
  changed.description = "new";
  write([&](cloud::Registry& registry) { return registry.templates().update(changed); });
  EXPECT_TRUE(view().templates().find(kVendor, "birth")->enabled);
  EXPECT_EQ(view().templates().find(kVendor, "birth")->body, "{\"n\":3}") << "only a version changes the body";
  write([&](cloud::Registry& registry) { return registry.templates().remove(kVendor, "birth"); });
  EXPECT_TRUE(view().templates().versions(kVendor, "birth")->empty());
}

TEST_P(RegistryContract, TagsAreReplacedAndRemoved) {
  const std::string arn = "arn:aws:iot:us-east-1:" + kVendor + ":policy/p";
  write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.tags().put(arn, "a", "1"));
    XL_CHECK(registry.tags().put(arn, "a", "2"));
    XL_CHECK(registry.tags().put(arn, "b", ""));
    return registry.tags().put(arn + "2", "a", "other");
  });
  EXPECT_EQ(*view().tags().of(arn), (std::map<std::string, std::string>{{"a", "2"}, {"b", ""}}));
  write([&](cloud::Registry& registry) { return registry.tags().remove(arn, "a"); });
  EXPECT_EQ(view().tags().of(arn)->size(), 1u);
  write([&](cloud::Registry& registry) { return registry.tags().remove_all(arn); });
  EXPECT_TRUE(view().tags().of(arn)->empty());
  EXPECT_EQ(view().tags().of(arn + "2")->size(), 1u);
}

}  // namespace
}  // namespace xl::contract
