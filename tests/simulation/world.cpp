// SPDX-License-Identifier: Apache-2.0
#include "simulation/world.hpp"

#include <algorithm>

#include "cloud/onboarding/offboard.hpp"
#include "cloud/onboarding/sweep.hpp"
#include "cloud/onboarding/waiting.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "crypto/digest.hpp"
#include "simulation/keys.hpp"

namespace xl::simulation {

namespace onboarding = cloud::onboarding;
using cloud::Account;
using cloud::AccountKind;
using cloud::CertificateStatus;
using cloud::Claim;
using cloud::ClaimState;
using cloud::Custody;
using cloud::CustodyStatus;

namespace {

const std::string kKeyId = "K1", kCa(64, 'c'), kIssuer = "issuer";
constexpr onboarding::ClaimTimes kTimes{};
constexpr onboarding::SweepTimes kSweeps{.stale = std::chrono::days(7), .moved = std::chrono::hours(12)};

const std::string kTemplate = R"({"Parameters":{"AWS::IoT::Certificate::SerialNumber":{"Type":"String"},
 "AWS::IoT::Certificate::Id":{"Type":"String"}},"Resources":{
 "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"AWS::IoT::Certificate::SerialNumber"}}},
 "certificate":{"Type":"AWS::IoT::Certificate",
   "Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"ACTIVE"}},
 "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":
   {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}}}}})";

std::string name_of_module(std::size_t number) {
  return crypto::sha256_hex("thing " + std::to_string(number)).substr(0, 40);
}
std::string fingerprint_of(std::size_t number) { return crypto::sha256_hex("certificate " + std::to_string(number)); }

Account account(char digit, const std::string& name, AccountKind kind) {
  return {std::string(12, digit), name, kind, std::string(14, static_cast<char>('a' + digit - '0')),
          from_millis(1'800'000'000'000)};
}

cloud::CaCertificate ca_in(const Account& account) {
  cloud::CaCertificate ca;
  ca.account_id = account.id;
  ca.id = kCa;
  ca.pem = "CA";
  ca.subject_der = kIssuer;
  ca.status = cloud::CaStatus::active;
  ca.auto_registration = true;
  ca.mode = cloud::CertificateMode::sni_only;
  ca.template_body = kTemplate;
  return ca;
}

tl::unexpected<Error> broken(const std::string& rule) { return fail(Error::internal(rule)); }

bool is_refusal(const Error& error) {
  return error.code == Errc::forbidden || error.code == Errc::conflict || error.code == Errc::not_found ||
         error.code == Errc::invalid_argument;
}

}  // namespace

Factory make_factory(std::size_t modules) {
  const KeyPair key = make_key_pair();
  Factory factory{key.public_pem, {}};
  for (std::size_t i = 0; i < modules; ++i)
    factory.vouchers.push_back(*crypto::sign_voucher(key.private_pem, kKeyId, name_of_module(i), fingerprint_of(i)));
  return factory;
}

World::World(cloud::Registry& registry, const Factory& factory, std::uint64_t seed)
    : registry_(registry), factory_(factory), random_(seed), vendor_(account('1', "staging", AccountKind::staging)) {
  for (const char digit : {'2', '3', '4', '5', '6'})
    customers_.push_back(account(digit, std::string("oem") + digit, AccountKind::customer));
  for (std::size_t i = 0; i < factory.vouchers.size(); ++i) {
    modules_.push_back({i, name_of_module(i), fingerprint_of(i), vendor_.id, "", ""});
    by_name_[modules_.back().name] = i;
  }
}

/// The last customer has the vendor's CA too, and takes modules just in time.
Status World::found() {
  XL_CHECK(registry_.accounts().insert(vendor_));
  for (const Account& customer : customers_) {
    XL_CHECK(registry_.accounts().insert(customer));
    XL_CHECK(registry_.claim_grants().put({vendor_.id, customer.id, cloud::Proof::voucher, false, now_}));
  }
  XL_CHECK(registry_.ca_certificates().insert(ca_in(vendor_)));
  XL_CHECK(registry_.ca_certificates().insert(ca_in(customers_.back())));
  return registry_.claim_grants().insert_key({vendor_.id, kKeyId, factory_.voucher_key_public, true, now_});
}

/// Mostly one of a few, so that much happens to each before the next ones come.
World::Module& World::some_module() {
  constexpr std::size_t kWindow = 25;
  if (chance(5)) ++window_;
  if (chance(20)) return modules_[below(modules_.size())];
  return modules_[(window_ * 5 + below(kWindow)) % modules_.size()];
}

const Account& World::account_of(const std::string& id) const {
  if (id == vendor_.id) return vendor_;
  return *std::ranges::find(customers_, id, &Account::id);
}

cloud::DeviceCertificate World::certificate_of(const Module& module) const {
  cloud::DeviceCertificate out;
  out.id = module.fingerprint;
  out.pem = module.name;
  out.public_key = "key " + module.name;
  out.serial_hex = "01";
  out.subject = {{"serialNumber", module.name}};
  out.not_before = from_millis(0);
  out.not_after = from_millis(4'000'000'000'000);
  return out;
}

onboarding::Settings World::settings() {
  onboarding::Settings out;
  out.times = kTimes;
  out.read_certificate = [this](std::string_view pem) -> Result<cloud::DeviceCertificate> {
    return certificate_of(modules_[by_name_.at(std::string(pem))]);
  };
  out.session_of = [this](std::string_view account_id, std::string_view client) {
    const Module& module = modules_[by_name_.at(std::string(client))];
    return module.connected_to == account_id ? module.session : std::string();
  };
  if (chance(80)) out.listening_session_of = out.session_of;
  return out;
}

bool World::commit(Module& module, const std::function<Status()>& work) {
  const bool is_before = faults_ && chance(4);
  const bool is_after = faults_ && chance(4);
  const Status done = registry_.attempt([&]() -> Status {
    XL_CHECK(work());
    if (is_before) return fail(Error::unavailable("crash"));
    return {};
  });
  if (!is_before && !is_after) return done.has_value();
  note(is_before ? "crash before it was durable" : "crash after it was durable");
  leave(module);
  return false;
}

void World::leave(Module& module) {
  module.session.clear();
  module.connected_to.clear();
}

void World::tell(const Module& module, const std::string& what) {
  story_.push_back("module " + std::to_string(module.number) + ": " + what);
  if (story_.size() > 40) story_.erase(story_.begin());
}

std::string World::story() const {
  std::string out;
  for (const std::string& line : story_) out += "  " + line + "\n";
  return out;
}

Status World::step() {
  now_ += std::chrono::seconds(1 + below(30));
  Module& module = some_module();
  XL_CHECK(act(module));
  return check(module);
}

Status World::act(Module& module) {
  const bool is_new = module.endpoint == vendor_.id && !registry_.custody().find(module.fingerprint);
  const int what = static_cast<int>(below(100));
  if (what < 40 || (is_new && what < 95)) return connect(module);
  if (what < 48) {
    tell(module, "link lost");
    leave(module);
    return {};
  }
  if (what < 56) {
    tell(module, "factory reset");
    note("factory reset");
    module.endpoint = vendor_.id;
    leave(module);
    return {};
  }
  if (what < 58) {
    module.endpoint = some_customer().id;
    tell(module, "host sets endpoint " + module.endpoint);
    leave(module);
    return {};
  }
  return act_of_people(module, what);
}

Status World::act_of_people(Module& module, int what) {
  if (what < 78) return claim(module);
  if (what < 83) return cancel(module);
  if (what < 87) return retry(module);
  if (what < 90) return offboard(module);
  if (what < 92) return toggle_certificate(module);
  if (what < 93) return lock(module);
  if (what < 96) return let_time_pass();
  return sweep_stuck(module);
}

Status World::connect(Module& module) {
  leave(module);
  return module.endpoint == vendor_.id ? connect_to_staging(module) : connect_to_customer(module);
}

/// As the gateway does it: known, or provisioned just in time by a CA of the account.
Result<cloud::provisioning::Principal> World::admit(const Account& account, const Module& module) {
  namespace provisioning = cloud::provisioning;
  auto principal = provisioning::admit_known(registry_, account, module.fingerprint, now_);
  if (!principal && principal.error().code == Errc::not_found) {
    XL_TRY(auto ca, provisioning::waking_ca(registry_, account, module.fingerprint));
    if (ca) note("woken");
    if (!ca) {
      XL_TRY(const auto cas, provisioning::usable_cas(registry_, account, kIssuer));
      ca = cas.front();
    }
    principal = provisioning::provision_just_in_time(registry_, account, certificate_of(module), *ca, now_);
    if (principal && principal->refused) return fail(Error::forbidden(*principal->refused));
    if (principal) principal->custody_change_needed = true;
  }
  XL_CHECK(principal);
  if (principal->custody_change_needed || principal->sighting_due)
    XL_CHECK(onboarding::note_visit(registry_, settings(), account, module.fingerprint, now_));
  return principal;
}

Status World::connect_to_staging(Module& module) {
  tell(module, "connects to staging");
  Status refused;
  const bool is_in = commit(module, [&]() -> Status {
    const auto principal = admit(vendor_, module);
    if (!principal) refused = fail(principal.error());
    module.is_guest = principal && principal->guest;
    return principal.map([](const auto&) {});
  });
  if (!refused) return broken("staging refuses a genuine module: " + refused.error().detail);
  if (!is_in) return {};
  module.session = "s" + std::to_string(++sessions_);
  module.connected_to = vendor_.id;
  return hear(module);
}

/// R2, R3. The module may miss the message, or be cut off before it has acted on it.
Status World::hear(Module& module) {
  if (module.connected_to != vendor_.id) return {};
  auto notice = onboarding::notice_for(registry_, module.fingerprint, module.session);
  if (!notice && onboarding::has_news(registry_, module.fingerprint, module.session)) {
    const bool is_durable = commit(module, [&] {
      return onboarding::begin_notify(registry_, kTimes, module.fingerprint, module.session, now_).map([](const auto&) {
      });
    });
    if (!is_durable) return {};
    notice = onboarding::notice_for(registry_, module.fingerprint, module.session);
  }
  if (!notice) return {};
  const std::pair sent(notice->claim_id, notice->attempt);
  if (std::exchange(module.heard, sent) == sent) return {};
  note("told");
  if (faults_ && chance(25)) {
    note("message lost");
    tell(module, "misses the message");
    return {};
  }
  XL_TRY(const Claim claim, registry_.claims().live_of(module.fingerprint));
  module.endpoint = claim.account_id;
  tell(module, "moves to " + module.endpoint);
  leave(module);
  return {};
}

Status World::connect_to_customer(Module& module) {
  const Account& customer = account_of(module.endpoint);
  Status refused;
  const bool is_in = commit(module, [&]() -> Status {
    const auto principal = admit(customer, module);
    if (!principal) refused = fail(principal.error());
    return principal.map([](const auto&) {});
  });
  tell(module, "connects to " + customer.id + (refused ? "" : ": refused: " + refused.error().detail));
  if (!refused && !is_refusal(refused.error())) return refused;
  if (!refused) {
    note("refused by a customer's account");
    const auto live = registry_.claims().live_of(module.fingerprint);
    if (live && live->account_id == customer.id && live->may_have_moved()) {
      (void)commit(module, [&] {
        return onboarding::note_refusal(registry_, kTimes, customer, module.fingerprint, refused.error().detail, now_);
      });
    }
    return {};
  }
  if (!is_in) return {};
  note("arrived");
  module.session = "s" + std::to_string(++sessions_);
  module.connected_to = customer.id;
  return {};
}

Status World::claim(Module& module) {
  const Account& customer = some_customer();
  onboarding::ClaimRequest request;
  request.thing_name = module.name;
  if (chance(90)) request.voucher = factory_.vouchers[chance(95) ? module.number : below(modules_.size())];
  Status outcome;
  const bool is_done = commit(module, [&]() -> Status {
    const auto made = onboarding::claim_module(registry_, settings(), customer, request, now_);
    if (!made) outcome = fail(made.error());
    return outcome;
  });
  tell(module, "claimed by " + customer.id + (outcome ? "" : ": refused"));
  if (!outcome && !is_refusal(outcome.error())) return outcome;
  note(outcome ? "claimed" : "claim refused");
  return is_done ? hear(module) : Status();
}

Status World::cancel(Module& module) {
  const auto live = registry_.claims().live_of(module.fingerprint);
  if (!live) return {};
  const bool force = chance(30);
  Status outcome;
  (void)commit(module, [&]() -> Status {
    const auto done = onboarding::cancel(registry_, settings(), account_of(live->account_id), live->id, force, now_);
    if (!done) outcome = fail(done.error());
    return outcome;
  });
  tell(module, std::string(force ? "cancelled by force" : "cancelled") + (outcome ? "" : ": refused"));
  note(outcome ? (force ? "cancelled by force" : "cancelled") : "cancel refused");
  if (!outcome && !is_refusal(outcome.error())) return outcome;
  return {};
}

Status World::retry(Module& module) {
  const auto live = registry_.claims().live_of(module.fingerprint);
  if (!live) return {};
  tell(module, "tried again");
  const bool is_done = commit(module, [&] {
    return onboarding::retry(registry_, settings(), account_of(live->account_id), live->id, now_).map([](const auto&) {
    });
  });
  return is_done ? hear(module) : Status();
}

Status World::offboard(Module& module) {
  const auto custody = registry_.custody().find(module.fingerprint);
  if (!custody || !custody->owner_account) return {};
  Status outcome;
  (void)commit(module, [&]() -> Status {
    const auto done = onboarding::offboard(registry_, account_of(*custody->owner_account), module.name, now_);
    if (!done) outcome = fail(done.error());
    return outcome;
  });
  tell(module, std::string("offboarded") + (outcome ? "" : ": refused"));
  note(outcome ? "offboarded" : "offboard refused");
  if (!outcome && !is_refusal(outcome.error())) return outcome;
  return {};
}

/// An operator of the customer's switches a module off, or on again.
Status World::toggle_certificate(Module& module) {
  const Account& customer = some_customer();
  const auto certificate = registry_.certificates().find(customer.id, module.fingerprint);
  if (!certificate) return {};
  const bool is_active = certificate->status == CertificateStatus::active;
  tell(module, customer.id + (is_active ? " switches it off" : " switches it on"));
  note("switched off or on");
  (void)commit(module, [&] {
    return registry_.certificates().set_status(
        customer.id, module.fingerprint, is_active ? CertificateStatus::inactive : CertificateStatus::active, now_);
  });
  return {};
}

Status World::lock(Module& module) {
  const auto custody = registry_.custody().find(module.fingerprint);
  if (!custody || custody->status != CustodyStatus::owned) return {};
  note("reset rule");
  (void)commit(module, [&] {
    return registry_.reset_rules().put({*custody->owner_account, module.fingerprint, cloud::OnReset::free_after,
                                        std::chrono::hours(24), std::nullopt});
  });
  return {};
}

Status World::let_time_pass() {
  const auto passed = std::chrono::hours(chance(20) ? 24 * (1 + static_cast<int>(below(40))) : 1);
  now_ += passed;
  XL_CHECK(registry_.claims().add_run_time(std::chrono::duration_cast<std::chrono::milliseconds>(passed).count()));
  XL_TRY(const std::size_t count, onboarding::expire(registry_, kTimes, 100, now_));
  if (count > 0) note("expired");
  return sweep_staging();
}

/// A crash undoes a lot, or keeps it.
Status World::sweep_staging() {
  const bool is_undone = faults_ && chance(4);
  const Status swept = registry_.attempt([&]() -> Status {
    XL_TRY(const auto found, onboarding::unseen(registry_, kSweeps, "", modules_.size()));
    XL_TRY(const std::size_t count, onboarding::sweep(registry_, settings(), kSweeps, found, now_));
    if (is_undone) return fail(Error::unavailable("crash"));
    if (count > 0) note("put away");
    return {};
  });
  return is_undone ? Status() : swept;
}

Status World::sweep_stuck(Module& module) {
  const auto live = registry_.claims().live_of(module.fingerprint);
  if (!live || live->state != ClaimState::notifying) return {};
  const bool is_away = module.connected_to != vendor_.id;
  tell(module, is_away ? "counts as lost" : "counts as one that does not act");
  note(is_away ? "lost" : "stayed");
  (void)commit(module, [&] {
    return is_away ? onboarding::note_lost(registry_, kTimes, *live, now_)
                   : onboarding::note_stayed(registry_, kTimes, *live, module.session, now_);
  });
  return {};
}

Status World::settle_all() {
  faults_ = false;
  for (const Account& customer : customers_) {
    for (const Module& module : modules_) {
      const auto certificate = registry_.certificates().find(customer.id, module.fingerprint);
      if (certificate && certificate->status == CertificateStatus::inactive)
        XL_CHECK(registry_.certificates().set_status(customer.id, module.fingerprint, CertificateStatus::active, now_));
    }
  }
  for (Module& module : modules_) {
    const auto live = registry_.claims().live_of(module.fingerprint);
    if (!live) continue;
    if (live->state != ClaimState::prepared)
      XL_CHECK(onboarding::retry(registry_, settings(), account_of(live->account_id), live->id, now_));
    if (module.endpoint != live->account_id) module.endpoint = vendor_.id;  // somebody resets it
    for (int i = 0; i < 3; ++i) XL_CHECK(connect(module));
    XL_CHECK(check(module));
    XL_TRY(const Claim end, registry_.claims().find(live->id));
    if (end.state != ClaimState::completed)
      return broken("a claim does not end though nothing fails: " + std::string(name_of(end.state)));
    if (module.connected_to != live->account_id) return broken("a claim is COMPLETED and its module is elsewhere");
  }
  return {};
}

Status World::check(const Module& module) const {
  const auto custody = registry_.custody().find(module.fingerprint);
  if (!custody) return {};  // it was never anywhere
  std::set<std::string> accepting;
  for (const Account& customer : customers_) {
    if (cloud::provisioning::admit_known(registry_, customer, module.fingerprint, now_)) accepting.insert(customer.id);
  }
  if (accepting.size() > 1) return broken("two customers' accounts take the module");
  if (const auto staged = cloud::provisioning::admit_known(registry_, vendor_, module.fingerprint, now_);
      !staged && staged.error().code != Errc::not_found)
    return broken("no way home: " + staged.error().detail);
  const auto registered = registry_.certificates().find(vendor_.id, module.fingerprint);
  if (registered && registered->status == CertificateStatus::dormant && module.connected_to == vendor_.id &&
      !module.is_guest)
    return broken("a module that is connected was put away");
  const auto live = registry_.claims().live_of(module.fingerprint);
  if (custody->status == CustodyStatus::reserved && !live) return broken("reserved, and nobody claims it");
  if (live && custody->owner_account != live->account_id) return broken("a live claim does not hold its module");
  if (live && live->deadline.has_value() == live->may_have_moved())
    return broken("a claim that may have moved its module has a deadline, or another has none");
  if (live && (live->may_have_moved() || live->state == ClaimState::prepared)) {
    if (!registry_.certificates().find(live->account_id, module.fingerprint))
      return broken("a module is sent where nobody knows it");
  }
  XL_CHECK(check_chain(module, *custody));
  return {};
}

Status World::check_chain(const Module& module, const Custody& custody) const {
  XL_TRY(const auto history, registry_.custody().history(module.fingerprint));
  if (static_cast<std::int64_t>(history.size()) != custody.epoch) return broken("the custody chain has another length");
  const auto& last = history.back();
  if (last.status != custody.status || last.owner_account != custody.owner_account)
    return broken("the custody chain does not explain the owner");
  for (std::size_t i = 1; i < history.size(); ++i) {
    if (history[i].previous_hash != history[i - 1].hash) return broken("the custody chain is torn");
  }
  return {};
}

}  // namespace xl::simulation
