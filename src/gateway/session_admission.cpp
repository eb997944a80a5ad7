// SPDX-License-Identifier: Apache-2.0
// Who is it, and may it come in: known by fingerprint, or provisioned just in time.
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "cloud/onboarding/claims.hpp"
#include "cloud/provisioning/login_string.hpp"
#include "cloud/rules/account_settings.hpp"
#include "cloud/rules/findings.hpp"
#include "gateway/events.hpp"
#include "gateway/session.hpp"
#include "gateway/tls_context.hpp"
#include "gateway/topic_map.hpp"

namespace xl::gateway {
namespace provisioning = cloud::provisioning;

namespace {

constexpr std::uint8_t kServerUnavailable = 3;
/// AWS closes without a word. A module must tell "login refused" (hint 5) from a lost connection, so we say why first.
constexpr std::uint8_t kNotAuthorized = 5;

/// The registered CA that signed the leaf. errors: forbidden (the rule that none of the candidates satisfies)
Result<cloud::CaCertificate> issuer_of(Lookup& lookup, const pki::Certificate& leaf,
                                       const std::vector<cloud::CaCertificate>& candidates) {
  Error reason = Error::forbidden("no registered CA has signed the certificate");
  for (const cloud::CaCertificate& candidate : candidates) {
    const auto ca = lookup.certificate_of(candidate);
    const Status accepted = ca ? pki::check_unknown_leaf(leaf, *ca, wall_now()) : Status(fail(ca.error()));
    if (accepted) return candidate;
    reason = accepted.error();
  }
  return fail(std::move(reason));
}

/// The CA whose template may run for the leaf. One that is dormant is known by its fingerprint already.
Result<cloud::CaCertificate> vouching_ca(Lookup& lookup, const cloud::Account& account, const pki::Certificate& leaf) {
  XL_TRY(auto waking, provisioning::waking_ca(lookup.registry(), account, leaf.facts().fingerprint));
  if (waking) return *std::move(waking);
  XL_TRY(const auto cas, provisioning::usable_cas(lookup.registry(), account, leaf.facts().issuer_der));
  return issuer_of(lookup, leaf, cas);
}

/// As the device's certificate names it; empty: it does not.
std::string vendor_of(const SSL* tls) {
  const auto certificate = peer_certificate(tls);
  return certificate ? certificate->facts().subject_attribute("O").value_or("") : std::string();
}

bool is_refusal(const Error& error) { return error.code == Errc::forbidden || error.code == Errc::invalid_argument; }

}  // namespace

void Session::admit() {
  if (const Status fresh = shared_.lookup.refresh(); !fresh) return refuse_admission(fresh.error());
  if (web_until_) return admit_web_client();
  account_id_ = account_of(device_->ssl());
  certificate_id_ = peer_fingerprint(device_->ssl());
  const auto account = shared_.lookup.account(account_id_);
  if (!account) return refuse(account.error(), kServerUnavailable);
  const auto principal = shared_.lookup.admit_known(*account, certificate_id_);
  if (principal) return on_admitted(*account, **principal);
  if (principal.error().code == Errc::not_found || awaits_activation()) return provision(*account);
  refuse_admission(principal.error());
}

/// An earlier provisioning of it stopped half way, or waits for a decision that may have been made by now.
bool Session::awaits_activation() const {
  const auto certificate = shared_.lookup.registry().certificates().find(account_id_, certificate_id_);
  return certificate && certificate->status == cloud::CertificateStatus::pending_activation &&
         certificate->ca_certificate_id;
}

void Session::refuse_admission(const Error& reason) {
  refuse(reason, is_refusal(reason) ? kNotAuthorized : kServerUnavailable);
}

void Session::provision(const cloud::Account& account) {
  const auto leaf = peer_certificate(device_->ssl());
  if (!leaf) return refuse_admission(leaf.error());
  const auto ca = vouching_ca(shared_.lookup, account, *leaf);
  if (!ca) return refuse_admission(ca.error());
  if (const auto evidence = forbidden_login())
    return refuse_login(*evidence, leaf->facts().subject_attribute("serialNumber").value_or(""));

  auto principal = std::make_shared<Result<provisioning::Principal>>(fail(Error::internal("not provisioned")));
  shared_.store.submit(
      [principal, account, device = cloud::DeviceCertificate::of(leaf->facts()), ca = *ca,
       settings = claim_settings(shared_)](cloud::Registry& registry) -> Status {
        *principal = provisioning::provision_just_in_time(registry, account, device, ca, wall_now());
        if (!*principal) return fail(principal->error());
        if ((*principal)->refused) return {};
        return cloud::onboarding::note_visit(registry, settings, account, device.id, wall_now());
      },
      [self = shared_from_this(), principal, account](Status durable) {
        if (!durable) *principal = fail(durable.error());
        boost::asio::post(self->shared_.reactor,
                          [self, principal, account] { self->on_provisioned(account, std::move(*principal)); });
      },
      cloud::RegistryStore::Urgency::soon);
}

void Session::on_provisioned(const cloud::Account& account, Result<provisioning::Principal> principal) {
  const bool is_new_device = principal && !principal->refused && !principal->guest;
  if (is_new_device) {
    ++shared_.counters.provisioned;
    log::info("gateway", "provisioned just in time",
              {{"thing", principal->thing_name.value_or("")},
               {"account", account.id},
               {"certificate", certificate_id_.substr(0, 12)}});
  }
  if (is_new_device && shared_.options.drop_first_connection) {
    return end(End::server, "first connection dropped (--jitp-first-connect drop)");
  }
  if (principal && principal->registration) return await_activation(*principal);
  if (state_ == State::ended) return;
  if (!principal) return refuse_admission(principal.error());
  if (principal->refused) return refuse(Error::forbidden(*principal->refused), kNotAuthorized);
  on_admitted(account, *principal);
}

/// Just-in-time registration: whoever tries too often is not told of again.
void Session::await_activation(const provisioning::Principal& principal) {
  const bool in_time = shared_.door.may_connect(certificate_id_);
  if (in_time || !principal.registration->first) publish_registered(shared_.bus, principal);
  if (in_time) shared_.door.refund(peer_address_);
  if (state_ == State::ended) return;
  if (shared_.options.drop_first_connection) return end(End::server, *principal.refused);
  refuse(Error::forbidden(*principal.refused), kNotAuthorized);
}

void Session::on_admitted(const cloud::Account& account, const provisioning::Principal& principal) {
  if (!shared_.door.may_connect(certificate_id_)) {
    const char* reason = "this certificate connects more than once a second (--connects-per-certificate)";
    return refuse(Error::unavailable(reason), kServerUnavailable);
  }
  shared_.door.refund(peer_address_);  // not before: a key that connects without end is no honest device's
  if (!shared_.accounts.may_connect(account.id, limits())) {
    const char* reason = "too many connects of this account in a second (limit account-connects-per-second)";
    return refuse(Error::unavailable(reason), kServerUnavailable);
  }
  if (const auto evidence = forbidden_login()) return refuse_login(*evidence, principal.thing_name.value_or(""));
  const Status authorized = authorize(account, principal);
  if (!authorized) return refuse(authorized.error(), kNotAuthorized);
  if (principal.custody_change_needed) note_visit(account);
  if (principal.custody_unopened) open_custody(account);
  if (principal.sighting_due) note_sighting(account);
  record_login();
  take_place();
}

/// Of a module in staging, once a day: what sweeps go by (cloud/onboarding/sweep.hpp).
void Session::note_sighting(const cloud::Account& account) {
  shared_.store.submit(
      [account, certificate = certificate_id_](cloud::Registry& registry) {
        return provisioning::note_sighting(registry, account, certificate);
      },
      [self = shared_from_this()](Status status) {
        if (!status) return log::error("gateway", "sighting not noted", {{"reason", status.error().detail}});
        boost::asio::post(self->shared_.reactor,
                          [self] { self->shared_.lookup.note_sighting(self->account_id_, self->certificate_id_); });
      },
      cloud::RegistryStore::Urgency::soon);
}

/// What was written when it came is out of date.
void Session::note_long_visit() {
  const bool is_long = std::chrono::steady_clock::now() - opened_ > std::chrono::days(1);
  if (web_until_ || !is_long || !access_->is_staging()) return;
  if (const auto account = shared_.lookup.account(account_id_)) note_sighting(*account);
}

ConnectionFacts Session::facts() const {
  return {login_.client_id, peer_address_, !login_.clean_session, login_.will.has_value(),
          [this](std::string_view attribute) -> std::optional<std::string> {
            const auto certificate = peer_certificate(device_->ssl());
            return certificate ? certificate->facts().subject_attribute(attribute) : std::nullopt;
          }};
}

Status Session::authorize(const cloud::Account& account, const provisioning::Principal& principal) {
  XL_TRY(auto policies, shared_.lookup.policies_of(principal));
  access_.emplace(account, principal, std::move(policies), shared_.options.region, facts());
  XL_CHECK(access_->may_connect());
  if (!login_.will) return {};
  if (login_.will->topic.starts_with('$'))
    return fail(Error::forbidden("a will on reserved topic " + login_.will->topic));  // the engine would say it
  if (login_.will->qos > 1) return fail(Error::forbidden("the will asks for QoS 2"));
  const std::string topic = access_->full_topic(login_.will->topic);
  if (access_->claim_message(topic)) return fail(Error::forbidden("a claim cannot be a will"));
  return access_->may_publish(topic, login_.will->retain);
}

/// Why the account does not take this login string; nullopt: it does. One that is missing or malformed is no module's
/// fault, so that alone keeps nobody out.
std::optional<std::string> Session::forbidden_login() const {
  if (web_until_ || login_.username.empty()) return std::nullopt;
  const auto finding = provisioning::login_finding(login_.username, vendor_of(device_->ssl()));
  if (!finding || !finding->is_contradiction) return std::nullopt;
  const auto is_enforced =
      cloud::rules::is_on(shared_.lookup.registry(), account_id_, cloud::rules::kEnforceLoginStrings);
  if (!is_enforced.value_or(false)) return std::nullopt;
  return finding->evidence;
}

void Session::refuse_login(const std::string& evidence, const std::string& thing_name) {
  note_login_finding(evidence + "; refused", thing_name);
  refuse(Error::forbidden(evidence + "; the account enforces login strings"), kNotAuthorized);
}

/// Guide 11.1.5. Written only when it differs, so that a known module's connect costs no write.
void Session::record_login() {
  if (web_until_ || login_.username.empty()) return;
  if (shared_.lookup.login_string(account_id_, certificate_id_) == login_.username) return;
  if (const auto finding = provisioning::login_finding(login_.username, vendor_of(device_->ssl())))
    note_login_finding(finding->evidence, access_->thing_name().value_or(""));
  const auto login = provisioning::parse_login_string(login_.username);
  if (!login) return;
  log::info("gateway", "login string",
            {{"client", who()},
             {"vendor", login->vendor},
             {"model", login->model},
             {"firmware", login->firmware_version},
             {"custom_name", login->custom_name}});
  shared_.store.submit(
      [account = account_id_, certificate = certificate_id_, text = login_.username](cloud::Registry& registry) {
        return registry.login_strings().record(account, certificate, text, wall_now());
      },
      [self = shared_from_this()](Status status) {
        if (!status) return log::error("gateway", "login string not recorded", {{"reason", status.error().detail}});
        boost::asio::post(self->shared_.reactor, [self] {
          self->shared_.lookup.note_login_string(self->account_id_, self->certificate_id_, self->login_.username);
        });
      },
      cloud::RegistryStore::Urgency::soon);
}

void Session::note_login_finding(const std::string& evidence, const std::string& thing_name) {
  shared_.store.submit(
      [account = account_id_, certificate = certificate_id_, thing_name, evidence](cloud::Registry& registry) {
        return cloud::rules::note_finding(registry, cloud::FindingKind::login_mismatch, account, certificate,
                                          thing_name, evidence, wall_now());
      },
      [](Status status) {
        if (!status) log::error("gateway", "finding not noted", {{"reason", status.error().detail}});
      },
      cloud::RegistryStore::Urgency::soon);
}

void Session::review() {
  needs_review_ = state_ != State::open;
  if (needs_review_) return;
  if (web_until_) return review_web_client();
  send_notice();  // whoever has written it down knew all that counts
  const auto account = shared_.lookup.account(account_id_);
  if (!account && account.error().code == Errc::not_found) return end(End::forbidden, "the account was deleted");
  if (!account) return;
  const auto principal = shared_.lookup.admit_known(*account, certificate_id_);
  if (!principal) {
    const bool unregistered = principal.error().code == Errc::not_found;
    if (unregistered && access_->is_guest()) return offer_move();  // it needs no registration
    if (unregistered || is_refusal(principal.error())) end(End::forbidden, principal.error().detail);
    return;
  }
  if ((*principal)->guest && !access_->is_guest())
    return end(End::server, "the module has moved to its customer's account");
  auto policies = shared_.lookup.policies_of(**principal);
  if (!policies) return end(End::forbidden, policies.error().detail);
  access_.emplace(*account, **principal, std::move(*policies), shared_.options.region, facts());
  if (!access_->may_connect()) return end(End::forbidden, "iot:Connect is no longer allowed");
  offer_move();
}

}  // namespace xl::gateway
