// SPDX-License-Identifier: Apache-2.0
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

TEST_P(RegistryContract, ProvisioningClaimsAreNotListedAndGoWhenTheyHaveEnded) {
  auto claim = make_certificate(kVendor, 'a');
  claim.claim_template = "fleet";
  claim.not_after = kNow;
  auto later = make_certificate(kVendor, 'b');
  later.claim_template = "fleet";
  write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(claim));
    XL_CHECK(registry.certificates().insert(later));
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'c')));
    XL_CHECK(registry.policies().insert(make_policy(kVendor, "p")));
    XL_CHECK(registry.policies().attach(kVendor, "p", claim.id));
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
    return registry.things().attach(kVendor, "lamp", claim.id);
  });
  const auto listed = view().certificates().list(kVendor, {.after = "", .limit = 9});
  ASSERT_EQ(listed->items.size(), 1u);
  EXPECT_EQ(listed->items.front().id, id_of('c'));
  EXPECT_EQ(view().certificates().find(kVendor, claim.id)->claim_template, "fleet");
  write([](cloud::Registry& registry) {
    return registry.certificates().remove_claims_that_ended(kNow + std::chrono::minutes(1));
  });
  EXPECT_EQ(view().certificates().find(kVendor, claim.id).error().code, Errc::not_found);
  EXPECT_TRUE(view().certificates().find(kVendor, later.id)) << "it has not ended";
  EXPECT_TRUE(view().certificates().find(kVendor, id_of('c')));
  EXPECT_TRUE(view().things().principals_of(kVendor, "lamp")->empty());
}

template <class T>
Errc code_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::internal : result.error().code;
}

TEST_P(RegistryContract, AccountsAreFoundByIdNameAndEndpoint) {
  const auto& accounts = view().accounts();
  EXPECT_EQ(accounts.find(kVendor)->name, "staging");
  EXPECT_EQ(accounts.find_by_name("oem")->id, kCustomer);
  const auto found = accounts.find_by_endpoint_prefix("aaaaaa");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, kVendor);
  EXPECT_EQ(found->kind, cloud::AccountKind::staging);
  EXPECT_EQ(found->created, kNow);
  EXPECT_EQ(accounts.list()->size(), 2u);
  EXPECT_EQ(code_of(accounts.find("333333333333")), Errc::not_found);
  EXPECT_EQ(code_of(accounts.find_by_endpoint_prefix("")), Errc::not_found);
}

TEST_P(RegistryContract, AnAccountNameCannotBeTakenTwice) {
  const Status taken = store_->write([](cloud::Registry& registry) {
    return registry.accounts().insert({"333333333333", "oem", cloud::AccountKind::customer, "cccccc", kNow});
  });
  EXPECT_EQ(code_of(taken), Errc::already_exists);
}

TEST_P(RegistryContract, AccessKeysKeepBinarySecrets) {
  const std::string secret("\x00\xff sealed \x01", 11);
  write([&](cloud::Registry& registry) {
    return registry.accounts().insert_access_key({"AKIAEXAMPLEEXAMPLE00", kVendor, cloud::Role::admin, secret});
  });
  const auto key = view().accounts().find_access_key("AKIAEXAMPLEEXAMPLE00");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->sealed_secret, secret);
  EXPECT_EQ(key->account_id, kVendor);
  EXPECT_EQ(code_of(view().accounts().find_access_key("AKIANOBODY")), Errc::not_found);
}

TEST_P(RegistryContract, AnAccessKeyIsListedAndDisabledForGoodAndReadersAreTold) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.accounts().insert_access_key({"AKIAB", kVendor, cloud::Role::read_only, "s", true, kNow}));
    XL_CHECK(registry.accounts().insert_access_key({"AKIAA", kVendor, cloud::Role::claim_only, "s", true, kNow}));
    XL_CHECK(registry.accounts().insert_access_key({"AKIA0", kVendor, cloud::Role::admin, "s", true, from_millis(1)}));
    return registry.accounts().insert_access_key({"AKIAC", kCustomer, cloud::Role::admin, "s", true, kNow});
  });
  const auto before = view().changes_after(0);
  write([](cloud::Registry& registry) { return registry.accounts().disable_access_key("AKIAA"); });
  const auto keys = view().accounts().access_keys_of(kVendor);
  ASSERT_TRUE(keys);
  std::string seen;
  for (const auto& key : *keys) seen += key.id + (key.is_active ? " " : "! ") + std::string(name_of(key.role)) + ", ";
  EXPECT_EQ(seen, "AKIA0 admin, AKIAA! claim-only, AKIAB read-only, ");
  EXPECT_EQ((*keys)[1].created, kNow);
  EXPECT_FALSE(view().accounts().find_access_key("AKIAA")->is_active);
  EXPECT_EQ(view().changes_after(before->last)->certificates, std::vector<std::string>{"AKIAA"});
  EXPECT_EQ(code_of(store_->write([](auto& registry) { return registry.accounts().disable_access_key("AKIAX"); })),
            Errc::not_found);
}

TEST_P(RegistryContract, TheRegistrationCodeIsSetReplacedAndCleared) {
  EXPECT_EQ(*view().accounts().registration_code(kVendor), std::nullopt);
  write([](cloud::Registry& registry) { return registry.accounts().set_registration_code(kVendor, "c0de"); });
  EXPECT_EQ(*view().accounts().registration_code(kVendor), "c0de");
  write([](cloud::Registry& registry) { return registry.accounts().set_registration_code(kVendor, std::nullopt); });
  EXPECT_EQ(*view().accounts().registration_code(kVendor), std::nullopt);
  EXPECT_EQ(code_of(view().accounts().registration_code("333333333333")), Errc::not_found);
}

TEST_P(RegistryContract, ACertificateKeepsEveryField) {
  const cloud::Certificate made = make_certificate(kVendor, 'a');
  write([&](cloud::Registry& registry) { return registry.certificates().insert(made); });
  const auto found = view().certificates().find(kVendor, made.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pem, made.pem);
  EXPECT_EQ(found->status, made.status);
  EXPECT_EQ(found->mode, made.mode);
  EXPECT_EQ(found->ca_certificate_id, made.ca_certificate_id);
  EXPECT_EQ(found->not_before, made.not_before);
  EXPECT_EQ(found->not_after, made.not_after);
  EXPECT_EQ(found->created, made.created);
}

TEST_P(RegistryContract, OneCertificateMayBeRegisteredInSeveralAccounts) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    return registry.certificates().insert(make_certificate(kCustomer, 'a'));
  });
  const Status twice = store_->write(
      [](cloud::Registry& registry) { return registry.certificates().insert(make_certificate(kVendor, 'a')); });
  EXPECT_EQ(code_of(twice), Errc::already_exists);
}

TEST_P(RegistryContract, AStatusChangeConcernsOneAccountOnly) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    XL_CHECK(registry.certificates().insert(make_certificate(kCustomer, 'a')));
    return registry.certificates().set_status(kVendor, id_of('a'), cloud::CertificateStatus::revoked,
                                              kNow + std::chrono::seconds(1));
  });
  EXPECT_EQ(view().certificates().find(kVendor, id_of('a'))->status, cloud::CertificateStatus::revoked);
  EXPECT_EQ(view().certificates().find(kVendor, id_of('a'))->modified, kNow + std::chrono::seconds(1));
  EXPECT_EQ(view().certificates().find(kCustomer, id_of('a'))->status, cloud::CertificateStatus::active);
  const Status unknown = store_->write([](cloud::Registry& registry) {
    return registry.certificates().set_status(kVendor, id_of('f'), cloud::CertificateStatus::active, kNow);
  });
  EXPECT_EQ(code_of(unknown), Errc::not_found);
}

TEST_P(RegistryContract, SeveralCasMayShareASubject) {
  const std::string subject("\x30\x00\xff", 3);
  write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.ca_certificates().insert(make_ca(kVendor, '1', subject)));
    XL_CHECK(registry.ca_certificates().insert(make_ca(kVendor, '2', subject)));
    XL_CHECK(registry.ca_certificates().insert(make_ca(kVendor, '3', "other")));
    return registry.ca_certificates().insert(make_ca(kCustomer, '4', subject));
  });
  const auto found = view().ca_certificates().find_by_subject(kVendor, subject);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->front().id, id_of('1'));
  EXPECT_EQ(found->front().subject_der, subject);
  EXPECT_TRUE(view().ca_certificates().find_by_subject(kVendor, "nobody")->empty());
}

TEST_P(RegistryContract, ACaUpdateChangesWhatItMay) {
  cloud::CaCertificate ca = make_ca(kVendor, '1', "subject");
  write([&](cloud::Registry& registry) { return registry.ca_certificates().insert(ca); });
  ca.status = cloud::CaStatus::inactive;
  ca.auto_registration = false;
  ca.template_name = "other";
  ca.template_body.clear();
  ca.pem = "must not change";
  write([&](cloud::Registry& registry) { return registry.ca_certificates().update(ca); });
  const auto found = view().ca_certificates().find(kVendor, ca.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, cloud::CaStatus::inactive);
  EXPECT_FALSE(found->auto_registration);
  EXPECT_EQ(found->template_name, "other");
  EXPECT_EQ(found->template_body, "");
  EXPECT_EQ(found->pem, "CA PEM");
  EXPECT_EQ(found->mode, cloud::CertificateMode::sni_only);
  ca.id = id_of('9');
  EXPECT_EQ(code_of(store_->write([&](cloud::Registry& registry) { return registry.ca_certificates().update(ca); })),
            Errc::not_found);
}

TEST_P(RegistryContract, AThingKeepsItsAttributesAndCountsVersions) {
  cloud::Thing thing = make_thing(kVendor, "lamp-1");
  thing.attributes = {{"a", "quote \" and \xE2\x82\xAC"}, {"empty", ""}};
  write([&](cloud::Registry& registry) { return registry.things().insert(thing); });
  EXPECT_EQ(view().things().find(kVendor, "lamp-1")->attributes, thing.attributes);
  thing.attributes = {{"b", "2"}};
  write([&](cloud::Registry& registry) { return registry.things().update(thing); });
  const auto found = view().things().find(kVendor, "lamp-1");
  EXPECT_EQ(found->attributes, thing.attributes);
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(code_of(view().things().find(kVendor, "LAMP-1")), Errc::not_found) << "names are case-sensitive";
  EXPECT_EQ(code_of(view().things().find(kCustomer, "lamp-1")), Errc::not_found);
}

TEST_P(RegistryContract, AttachingAThingIsIdempotentAndNeedsBothSides) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    XL_CHECK(registry.things().attach(kVendor, "lamp", id_of('a')));
    return registry.things().attach(kVendor, "lamp", id_of('a'));
  });
  EXPECT_EQ(*view().things().principals_of(kVendor, "lamp"), std::vector{id_of('a')});
  EXPECT_EQ(*view().things().things_of(kVendor, id_of('a')), std::vector<std::string>{"lamp"});
  EXPECT_TRUE(view().things().things_of(kCustomer, id_of('a'))->empty());
  const Status dangling =
      store_->write([](cloud::Registry& registry) { return registry.things().attach(kVendor, "lamp", id_of('b')); });
  EXPECT_EQ(code_of(dangling), Errc::conflict);
}

TEST_P(RegistryContract, PoliciesAreAttachedAndDetached) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.policies().insert(make_policy(kVendor, "one")));
    XL_CHECK(registry.policies().insert(make_policy(kVendor, "two")));
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    XL_CHECK(registry.policies().attach(kVendor, "two", id_of('a')));
    XL_CHECK(registry.policies().attach(kVendor, "one", id_of('a')));
    return registry.policies().attach(kVendor, "one", id_of('a'));
  });
  const auto attached = view().policies().attached_to(kVendor, id_of('a'));
  ASSERT_EQ(attached->size(), 2u);
  EXPECT_EQ(attached->front().name, "one");
  EXPECT_EQ(attached->front().document, R"({"Version":"2012-10-17"})");
  write([](cloud::Registry& registry) { return registry.policies().detach(kVendor, "one", id_of('a')); });
  EXPECT_EQ(view().policies().attached_to(kVendor, id_of('a'))->size(), 1u);
  EXPECT_EQ(code_of(store_->write(
                [](cloud::Registry& registry) { return registry.policies().attach(kVendor, "none", id_of('a')); })),
            Errc::conflict);
}

TEST_P(RegistryContract, TemplatesKeepEveryField) {
  const cloud::ProvisioningTemplate made{
      kVendor, "birth", cloud::TemplateType::jitp, "{\"Resources\":{}}", "text", "arn:role", false, 3, kNow, kNow};
  write([&](cloud::Registry& registry) { return registry.templates().insert(made); });
  const auto found = view().templates().find(kVendor, "birth");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->type, cloud::TemplateType::jitp);
  EXPECT_EQ(found->body, made.body);
  EXPECT_FALSE(found->enabled);
  EXPECT_EQ(found->default_version, 3);
  EXPECT_EQ(code_of(store_->write([&](cloud::Registry& registry) { return registry.templates().insert(made); })),
            Errc::already_exists);
}

TEST_P(RegistryContract, ListingsArePagedInOrderWithinOneAccount) {
  write([](cloud::Registry& registry) -> Status {
    for (const char* name : {"c", "a", "d", "b"}) XL_CHECK(registry.things().insert(make_thing(kVendor, name)));
    return registry.things().insert(make_thing(kCustomer, "bb"));
  });
  const auto first = view().things().list(kVendor, {.after = "", .limit = 3});
  ASSERT_EQ(first->items.size(), 3u);
  EXPECT_EQ(first->items[2].name, "c");
  EXPECT_TRUE(first->more);
  const auto rest = view().things().list(kVendor, {.after = "c", .limit = 3});
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items[0].name, "d");
  EXPECT_FALSE(rest->more);
  EXPECT_FALSE(view().things().list(kVendor, {.after = "", .limit = 4})->more);
  EXPECT_EQ(view().things().list(kVendor, {.after = "", .limit = std::size_t(-1)})->items.size(), 4u);
  EXPECT_TRUE(view().things().list(kVendor, {.after = "", .limit = 0})->more);
}

/// Every id of a listing, two at a time.
template <class T, class List, class CreatedOf>
std::string walk(cloud::Order order, const List& list, std::string T::* key, const CreatedOf& created_of) {
  std::string seen;
  cloud::PageRequest page{.after = "", .limit = 2, .order = order};
  for (bool more = true; more;) {
    const Result<cloud::Page<T>> found = list(page);
    if (!found || found->items.empty()) return seen + " broken";
    for (const T& item : found->items) seen += (item.*key).front();
    page.after = found->items.back().*key;
    page.created_after = std::invoke(created_of, found->items.back());
    more = found->more;
  }
  return seen;
}

/// The digits of those that were created first, as well as second, third and fourth; b and c at the same moment.
template <class Insert>
Status insert_in_time(const Insert& insert) {
  for (const auto& [digit, minute] : std::vector<std::pair<char, int>>{{'d', 1}, {'c', 2}, {'b', 2}, {'a', 3}})
    XL_CHECK(insert(digit, kNow + std::chrono::minutes(minute)));
  return {};
}

TEST_P(RegistryContract, CertificatesAndPoliciesAreListedInTheOrderOfTheirCreation) {
  write([](cloud::Registry& registry) {
    return insert_in_time([&](char digit, UnixMillis created) -> Status {
      auto certificate = make_certificate(kVendor, digit);
      auto policy = make_policy(kVendor, std::string(3, digit));
      auto ca = make_ca(kVendor, digit, "subject");
      certificate.created = policy.created = ca.created = created;
      certificate.ca_certificate_id = "the CA";
      XL_CHECK(registry.certificates().insert(certificate));
      XL_CHECK(registry.ca_certificates().insert(ca));
      XL_CHECK(registry.policies().insert(policy));
      return registry.transfers().put(
          {certificate.id, kVendor, kCustomer, cloud::TransferState::pending, "", "", created, std::nullopt});
    });
  });
  const cloud::Registry& v = view();
  for (const auto& [order, expected] : std::vector<std::pair<cloud::Order, std::string>>{
           {cloud::Order::key, "abcd"}, {cloud::Order::oldest_first, "dbca"}, {cloud::Order::newest_first, "acbd"}}) {
    const auto created = [](const auto& item) { return item.created; };
    EXPECT_EQ(
        walk(
            order, [&](const auto& p) { return v.certificates().list(kVendor, p); }, &cloud::Certificate::id, created),
        expected);
    EXPECT_EQ(walk(
                  order, [&](const auto& p) { return v.ca_certificates().list(kVendor, p); }, &cloud::CaCertificate::id,
                  created),
              expected);
    EXPECT_EQ(walk(
                  order, [&](const auto& p) { return v.policies().list(kVendor, p); }, &cloud::Policy::name, created),
              expected);
    EXPECT_EQ(walk(
                  order, [&](const auto& p) { return v.transfers().list_outgoing(kVendor, p); },
                  &cloud::CertificateTransfer::certificate_id, &cloud::CertificateTransfer::began),
              expected);
    EXPECT_EQ(walk(
                  order, [&](const auto& p) { return v.certificates().list_by_ca(kVendor, "the CA", p); },
                  &cloud::Certificate::id, created),
              order == cloud::Order::key ? "dbca" : expected);
  }
}

TEST_P(RegistryContract, CertificatesCountTheirChanges) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.certificates().insert(make_certificate(kVendor, 'a')));
    return registry.ca_certificates().insert(make_ca(kVendor, '1', "subject"));
  });
  EXPECT_EQ(view().certificates().find(kVendor, id_of('a'))->version, 1);
  EXPECT_EQ(view().ca_certificates().find(kVendor, id_of('1'))->version, 1);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.ca_certificates().update(make_ca(kVendor, '1', "subject")));
    return registry.certificates().set_status(kVendor, id_of('a'), cloud::CertificateStatus::revoked, kNow);
  });
  EXPECT_EQ(view().certificates().find(kVendor, id_of('a'))->version, 2);
  EXPECT_EQ(view().ca_certificates().find(kVendor, id_of('1'))->version, 2);
}

TEST_P(RegistryContract, AViewerGrantIsReplacedAndRemoved) {
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.viewer_grants().put({kVendor, "lamp", id_of('1'), kNow}));
    return registry.viewer_grants().put({kVendor, "lamp", id_of('2'), kNow + std::chrono::hours(1)});
  });
  EXPECT_EQ(view().viewer_grants().find(kVendor, "lamp")->secret_sha256, id_of('2'));
  write([](cloud::Registry& registry) {
    return registry.viewer_grants().put({kCustomer, "lamp", id_of('3'), kNow + std::chrono::hours(2)});
  });
  EXPECT_EQ(view().viewer_grants().find_by_thing("lamp")->account_id, kCustomer) << "the newest of several";
  write([](cloud::Registry& registry) { return registry.viewer_grants().remove(kCustomer, "lamp"); });
  EXPECT_EQ(view().viewer_grants().find_by_thing("lamp")->account_id, kVendor);
  EXPECT_EQ(code_of(view().viewer_grants().find(kCustomer, "lamp")), Errc::not_found);
}

TEST_P(RegistryContract, TheLastLoginStringIsKept) {
  EXPECT_EQ(code_of(view().login_strings().find(kVendor, id_of('a'))), Errc::not_found);
  for (const char* login : {"?SDK=1", "?SDK=2"})
    write([&](cloud::Registry& registry) { return registry.login_strings().record(kVendor, id_of('a'), login, kNow); });
  EXPECT_EQ(*view().login_strings().find(kVendor, id_of('a')), "?SDK=2");
}

TEST_P(RegistryContract, TopicsOfRetainedMessagesAreNotedForgottenAndListed) {
  write([](cloud::Registry& registry) -> Status {
    for (const char* topic : {"b", "a", "c"}) XL_CHECK(registry.retained_topics().note({kVendor, topic, kNow}));
    XL_CHECK(registry.retained_topics().note({kCustomer, "a", kNow}));
    XL_CHECK(registry.retained_topics().note({kVendor, "a", kNow + std::chrono::hours(1)}));
    XL_CHECK(registry.retained_topics().forget(kVendor, "c"));
    return registry.retained_topics().forget(kVendor, "absent");
  });
  const auto& topics = view().retained_topics();
  EXPECT_EQ(topics.find(kVendor, "a")->modified, kNow + std::chrono::hours(1));
  EXPECT_EQ(code_of(topics.find(kVendor, "c")), Errc::not_found);
  const auto first = topics.list(kVendor, {.after = "", .limit = 1});
  ASSERT_EQ(first->items.size(), 1u);
  EXPECT_EQ(first->items.front().topic, "a");
  EXPECT_TRUE(first->more);
  EXPECT_EQ(topics.list(kVendor, {.after = "a", .limit = 9})->items.size(), 1u);
  EXPECT_EQ(topics.count(kVendor), 2u);
  EXPECT_EQ(topics.count(kCustomer), 1u);
  EXPECT_EQ(topics.count("999999999999"), 0u);
}

}  // namespace
}  // namespace xl::contract
