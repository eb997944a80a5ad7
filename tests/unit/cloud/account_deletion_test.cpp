// SPDX-License-Identifier: Apache-2.0
// The end of an account, over a real registry: what stands in its way, and that nothing of it is left.
#include "cloud/onboarding/account_deletion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "cloud/onboarding/claim_thing.hpp"
#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/onboarding/wizard.hpp"
#include "unit/cloud/staged_module.hpp"

namespace xl::cloud::onboarding {
namespace {

constexpr DeletionOptions kOrphan{.orphan = true};

class AccountDeletion : public testing::Test {
 protected:
  void write(const RegistryStore::Work& work) {
    const Status done = m.store->write(work);
    ASSERT_TRUE(done) << done.error().detail;
  }
  Claim claim() {
    Claim out;
    write([&](Registry& registry) -> Status {
      XL_TRY(out, claim_module(registry, m.settings(), m.oem, m.request(), m.now));
      return {};
    });
    return out;
  }
  void tell() {
    write([this](Registry& registry) -> Status {
      XL_CHECK(begin_notify(registry, ClaimTimes{}, m.fingerprint, "session", m.now));
      return {};
    });
  }
  void arrive() {
    write([this](Registry& registry) { return note_visit(registry, m.settings(), m.oem, m.fingerprint, m.now); });
  }
  Status close(const DeletionOptions& options = {}, const Account* account = nullptr) {
    return m.store->write([&, account](Registry& registry) {
      return close_account(registry, account == nullptr ? m.oem : *account, options, m.now);
    });
  }
  /// Piece by piece, as a command that may be killed between any two.
  void empty(const DeletionOptions& options = {}, std::size_t limit = 1) {
    for (bool more = true; more;) {
      write([&](Registry& registry) -> Status {
        XL_TRY(more, empty_account(registry, m.oem, options, limit, m.now));
        return {};
      });
    }
  }
  Status finish(const DeletionOptions& options = {}) {
    return m.store->write([&](Registry& registry) { return finish_account(registry, m.oem, options, m.now); });
  }
  void remove(const DeletionOptions& options = {}) {
    const Status closed = close(options);
    ASSERT_TRUE(closed) << closed.error().detail;
    empty(options);
    const Status finished = finish(options);
    ASSERT_TRUE(finished) << finished.error().detail;
  }
  void expect_refused(const DeletionOptions& options, const std::string& reason, const Account* account = nullptr) {
    const Status refused = close(options, account);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().detail.find(reason), std::string::npos) << refused.error().detail;
    EXPECT_TRUE(m.view->accounts().find(m.oem.id)) << "nothing was changed";
  }
  void expect_free(const std::string& why) {
    EXPECT_EQ(m.custody().status, CustodyStatus::free);
    EXPECT_EQ(m.custody().owner_account, std::nullopt);
    EXPECT_EQ(m.view->certificates().find(m.oem.id, m.fingerprint).error().code, Errc::not_found);
    EXPECT_NE(m.view->custody().history(m.fingerprint)->back().reason.find(why), std::string::npos);
  }
  void put_elsewhere() {
    write([this](Registry& registry) -> Status {
      Elsewhere elsewhere;
      elsewhere.account_id = m.oem.id;
      elsewhere.endpoint = "there.example";
      XL_CHECK(registry.elsewhere().put(elsewhere));
      Errand errand;
      errand.account_id = m.oem.id;
      errand.fingerprint = m.fingerprint;
      errand.stage = ErrandStage::kept;
      errand.is_sent = true;
      return registry.errands().put(errand);
    });
  }
  std::size_t withdrawals() const { return m.view->errands().in_stage(ErrandStage::withdraw, 0, 10)->size(); }

  test::StagedModule m;
};

TEST_F(AccountDeletion, EndsAClaimThatHasToldItsModuleNothing) {
  const Claim claimed = claim();
  ASSERT_EQ(claimed.state, ClaimState::prepared);
  remove();
  expect_free("CANCELLED");
  const auto after = m.view->claims().find(claimed.id);
  EXPECT_EQ(after->state, ClaimState::cancelled) << "its vendor still sees what became of it";
  EXPECT_EQ(after->reason, "its account was deleted");
}

TEST_F(AccountDeletion, IsRefusedWhileAClaimMayHaveMovedItsModule) {
  claim();
  tell();
  expect_refused({}, "1 NOTIFYING");
  remove(kOrphan);
  expect_free("CANCELLED");
}

TEST_F(AccountDeletion, IsRefusedWhileItOwnsModules) {
  claim();
  tell();
  arrive();
  ASSERT_EQ(m.custody().status, CustodyStatus::owned);
  expect_refused({}, "1 module is its own (" + m.thing + ")");
  remove(kOrphan);
  expect_free("account oem was deleted (--orphan)");
}

TEST_F(AccountDeletion, OrphansNobodyWhomItsVendorWouldNotLetIn) {
  claim();
  tell();
  arrive();
  for (const auto status : {CertificateStatus::inactive, CertificateStatus::revoked}) {
    write([&](Registry& registry) {
      return registry.certificates().set_status(m.vendor.id, m.fingerprint, status, m.now);
    });
    expect_refused(kOrphan, "would be refused in staging after a factory reset (" + m.thing + ")");
  }
  write([this](Registry& registry) { return registry.certificates().remove(m.vendor.id, m.fingerprint); });
  expect_refused(kOrphan, "would be refused in staging");
  write([this](Registry& registry) {
    CaCertificate ca;
    ca.account_id = m.vendor.id;
    ca.id = "ca";
    ca.status = CaStatus::active;
    ca.auto_registration = true;
    return registry.ca_certificates().insert(ca);
  });
  remove(kOrphan);
  expect_free("--orphan");
}

TEST_F(AccountDeletion, NobodyElseIsToldToGoThereOnceItIsClosed) {
  claim();
  ASSERT_TRUE(close());
  write([this](Registry& registry) -> Status {
    XL_TRY(const auto told, begin_notify(registry, ClaimTimes{}, m.fingerprint, "session", m.now));
    EXPECT_EQ(told, std::nullopt) << "it would find nobody there";
    EXPECT_FALSE(note_visit(registry, m.settings(), m.oem, m.fingerprint, m.now)) << "a CONNECT that was under way";
    return {};
  });
  EXPECT_EQ(m.store
                ->write([this](Registry& registry) {
                  return claim_module(registry, m.settings(), m.oem, m.request(), m.now).map([](const Claim&) {});
                })
                .error()
                .code,
            Errc::forbidden);
  empty();
  expect_free("CANCELLED");
}

TEST_F(AccountDeletion, AVendorsAccountStaysWhileAModuleCallsItHome) {
  expect_refused({}, "1 module has it as home", &m.vendor);
  expect_refused(kOrphan, "1 module has it as home", &m.vendor);
}

TEST_F(AccountDeletion, WaitsForItsAccountElsewhereToLetGo) {
  claim();
  tell();
  arrive();
  put_elsewhere();
  ASSERT_TRUE(close(kOrphan));
  empty(kOrphan);
  expect_free("--orphan");
  EXPECT_EQ(withdrawals(), 1u);
  EXPECT_EQ(finish(kOrphan).error().code, Errc::unavailable);
  EXPECT_TRUE(m.view->elsewhere().find(m.oem.id)) << "how it is reached";
  write([this](Registry& registry) -> Status {
    XL_TRY(const Errand errand, registry.errands().find(m.oem.id, m.fingerprint));
    return note_withdrawn(registry, errand, m.now);
  });
  empty(kOrphan);
  EXPECT_TRUE(finish(kOrphan));
  EXPECT_FALSE(m.view->elsewhere().find(m.oem.id));
}

TEST_F(AccountDeletion, GivesUpWhatItsAccountElsewhereHasOnlyWhenToldTo) {
  put_elsewhere();
  write([this](Registry& registry) { return ask_to_withdraw(registry, m.oem.id, m.fingerprint, m.now); });
  expect_refused({}, "1 module is still to be withdrawn");
  remove({.give_up_withdrawals = true});
  EXPECT_EQ(withdrawals(), 0u);
}

TEST_F(AccountDeletion, EndsTransfersInBothDirections) {
  const std::string out(64, '1'), in(64, '2');
  write([&](Registry& registry) -> Status {
    for (const auto& [id, from, to] : {std::tuple(out, m.oem.id, m.vendor.id), std::tuple(in, m.vendor.id, m.oem.id)}) {
      for (const std::string& account : {from, to}) {
        Certificate certificate;
        certificate.account_id = account;
        certificate.id = id;
        certificate.status = CertificateStatus::pending_transfer;
        XL_CHECK(registry.certificates().insert(certificate));
      }
      CertificateTransfer transfer;
      transfer.source_account = from;
      transfer.target_account = to;
      transfer.certificate_id = id;
      XL_CHECK(registry.transfers().put(transfer));
    }
    return {};
  });
  remove();
  EXPECT_FALSE(m.view->certificates().find(m.vendor.id, out)) << "an offer that nobody makes any longer";
  EXPECT_EQ(m.view->certificates().find(m.vendor.id, in)->status, CertificateStatus::inactive)
      << "the source has it back";
  EXPECT_FALSE(m.view->certificates().find(m.oem.id, out));
}

TEST_F(AccountDeletion, TakesItsClaimThingOutOfTheVendorsAccount) {
  const std::string id(64, '3');
  write([&](Registry& registry) -> Status {
    XL_CHECK(registry.claim_grants().put({m.vendor.id, m.oem.id, Proof::voucher, true, m.now}));
    Certificate certificate;
    certificate.id = id;
    return give_claim_thing(registry, m.vendor, m.oem, certificate, "an issuer", m.now);
  });
  ASSERT_TRUE(m.view->things().find(m.vendor.id, claim_thing_name(m.oem)));
  remove();
  EXPECT_FALSE(m.view->things().find(m.vendor.id, claim_thing_name(m.oem)));
  EXPECT_FALSE(m.view->certificates().find(m.vendor.id, id));
  EXPECT_TRUE(m.view->claim_grants().of_vendor(m.vendor.id)->empty());
}

/// One of everything. Nothing may refer to what is gone, in whatever pieces it goes.
Status furnish(Registry& registry, const Account& account, UnixMillis now) {
  const std::string& id = account.id;
  const std::string device(64, '4');
  XL_CHECK(registry.accounts().insert_access_key({"AKIAOEM", id, Role::admin, "sealed"}));
  XL_CHECK(registry.accounts().set_limit(id, limits::Limit::account_connections, 5));
  XL_CHECK(registry.thing_types().insert({id, "kettle", "id", "", {}, now, std::nullopt}));
  XL_CHECK(registry.thing_groups().insert({id, "house", "id of house", std::nullopt, "", {}, 1, now}));
  XL_CHECK(registry.thing_groups().insert({id, "kitchen", "id of kitchen", "house", "", {}, 1, now}));
  Thing thing;
  thing.account_id = id;
  thing.name = "kettle-1";
  thing.id = "id of kettle-1";
  thing.type_name = "kettle";
  XL_CHECK(registry.things().insert(thing));
  XL_CHECK(registry.thing_groups().add_member(id, "kitchen", thing.name));
  Certificate certificate;
  certificate.account_id = id;
  certificate.id = device;
  XL_CHECK(registry.certificates().insert(certificate));
  XL_CHECK(registry.things().attach(id, thing.name, device));
  XL_CHECK(registry.policies().insert({id, "p", R"({"Statement":[]})", "1", now, now}));
  XL_CHECK(registry.policies().add_version(id, "p", R"({"Statement":[]})", now));
  XL_CHECK(registry.policies().attach(id, "p", device));
  XL_CHECK(registry.policies().attach_to_group(id, "p", "kitchen"));
  ProvisioningTemplate body;
  body.account_id = id;
  body.name = "t";
  XL_CHECK(registry.templates().insert(body));
  CaCertificate ca;
  ca.account_id = id;
  ca.id = "ca";
  ca.template_name = "t";
  XL_CHECK(registry.ca_certificates().insert(ca));
  RegistrationTask task;
  task.account_id = id;
  task.id = "task";
  XL_CHECK(registry.registration_tasks().insert(task));
  XL_CHECK(registry.registration_tasks().add_report(task, ReportType::errors, 1, "{}"));
  XL_CHECK(registry.tags().put("arn:aws:iot:us-east-1:" + id + ":thinggroup/kitchen", "room", "yes"));
  XL_CHECK(set_wizard(registry, account, true));
  XL_CHECK(registry.viewer_grants().put({id, "kettle-1", std::string(64, '5'), now}));
  XL_CHECK(registry.login_strings().record(id, device, "a login", now));
  XL_CHECK(registry.reset_rules().put({id, device, OnReset::locked, {}, std::nullopt}));
  XL_CHECK(registry.tombstones().put(id, "another", now));
  XL_CHECK(registry.findings().note({"fnd-1", id, FindingKind::two_places, "s", "", "", 1, now, now}));
  return registry.retained_topics().note({id, "kettle-1/state", now});
}

TEST_F(AccountDeletion, LeavesNothingOfWhatItHad) {
  write([this](Registry& registry) { return furnish(registry, m.oem, m.now); });
  const std::int64_t before = m.view->changes_after(0)->last;
  remove();
  EXPECT_EQ(m.view->things().list(m.oem.id, {})->items.size(), 0u);
  EXPECT_EQ(m.view->policies().list(m.oem.id, {})->items.size(), 0u);
  EXPECT_EQ(m.view->certificates().list(m.oem.id, {})->items.size(), 0u);
  EXPECT_EQ(m.view->thing_groups().list(m.oem.id, {})->items.size(), 0u);
  EXPECT_EQ(m.view->registration_tasks().unfinished()->size(), 0u);
  EXPECT_FALSE(m.view->accounts().find_access_key("AKIAOEM"));
  EXPECT_FALSE(*has_wizard(*m.view, m.oem));
  EXPECT_TRUE(m.view->tags().of("arn:aws:iot:us-east-1:" + m.oem.id + ":thinggroup/kitchen")->empty());
  EXPECT_EQ(m.view->closed_accounts().retained_topics(10)->size(), 1u) << "the engine's are the server's to forget";
  write([this](Registry& registry) -> Status {
    XL_TRY(const std::size_t more, registry.closed_accounts().erase_some(m.oem.id, 100));
    EXPECT_EQ(more, 0u);
    return {};
  });
  const auto changes = m.view->changes_after(before);
  EXPECT_NE(std::ranges::find(changes->accounts, m.oem.id), changes->accounts.end()) << "its sessions are looked at";
  EXPECT_NE(std::ranges::find(changes->certificates, "AKIAOEM"), changes->certificates.end());
}

TEST_F(AccountDeletion, IsGoneForEverybodyAndItsNameIsFree) {
  remove();
  EXPECT_EQ(m.view->accounts().find(m.oem.id).error().code, Errc::not_found);
  EXPECT_EQ(m.view->accounts().find_by_name("oem").error().code, Errc::not_found);
  EXPECT_EQ(m.view->accounts().find_by_endpoint_prefix(m.oem.endpoint_prefix).error().code, Errc::not_found);
  EXPECT_EQ(m.view->accounts().list()->size(), 1u);
  EXPECT_EQ(m.view->closed_accounts().find(m.oem.id)->name, "oem") << "for what names it";
  EXPECT_EQ(m.view->closed_accounts().emptied("oem"), m.now);
  write([this](Registry& registry) {
    return registry.accounts().insert({"333333333333", "oem", AccountKind::customer, "another", m.now});
  });
}

}  // namespace
}  // namespace xl::cloud::onboarding
