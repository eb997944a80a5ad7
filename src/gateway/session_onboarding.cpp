// SPDX-License-Identifier: Apache-2.0
// Late binding: what a module in staging is told about its new endpoint (docs/onboarding.md "The saga", R2), and what
// the registry learns from its connects.
#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <utility>

#include "base/log.hpp"
#include "cloud/onboarding/claims.hpp"
#include "gateway/session.hpp"
#include "gateway/tls_context.hpp"
#include "gateway/wire.hpp"

namespace xl::gateway {
namespace onboarding = cloud::onboarding;

namespace {

constexpr std::chrono::seconds kTryAgain{5};

/// A full disk, or another program that holds the registry.
bool may_pass(const Error& error) { return error.code == Errc::io || error.code == Errc::unavailable; }

}  // namespace

std::string Session::config_topic() const {
  return access_ && access_->thing_name() ? *access_->thing_name() + "/expresslink_config" : std::string();
}

void Session::listen_for_move(const mqtt::Subscribe& subscribe) {
  if (!access_->is_staging() || !access_->thing_name()) return;
  for (std::size_t i = 0; i < subscribe.count; ++i) {
    if (subscribe.filters[i].filter != config_topic() || !subscriptions_.has_exact(config_topic())) continue;
    move_.qos = std::min<std::uint8_t>(subscribe.filters[i].qos, 1);
    move_.awaited_ack = subscribe.packet_id;
  }
}

/// For its module's endpoint, in staging.
bool Session::is_listening() const {
  return !web_until_ && access_->is_staging() && move_.qos && !move_.awaited_ack &&
         subscriptions_.has_exact(config_topic());
}

/// It listens from now on, or no longer.
void Session::note_listening() {
  const bool does = is_listening();
  if (std::exchange(move_.is_listening, does) != does)
    shared_.places.listens(*claim_, {account_id_, login_.client_id}, does);
}

/// Asks the registry's writer for the endpoint, unless whoever claimed the module has told it already: the attempt must
/// be durable before a byte of it is sent.
void Session::offer_move() {
  if (state_ != State::open || move_.is_asked || !is_listening() || send_notice()) return;
  if (!onboarding::has_news(shared_.lookup.registry(), certificate_id_, session_id_)) return;
  move_.is_asked = true;
  shared_.store.submit(
      [times = shared_.options.claim_times, id = certificate_id_, session = session_id_](cloud::Registry& registry) {
        return onboarding::begin_notify(registry, times, id, session, wall_now()).map([](const auto&) {});
      },
      [self = shared_from_this()](Status durable) {
        boost::asio::post(self->shared_.reactor, [self, durable] { self->on_move(durable); });
      });
}

void Session::on_move(const Status& durable) {
  move_.is_asked = false;
  if (!durable) {
    log::error("gateway", "claim not updated", {{"reason", durable.error().detail}});
    return try_again_soon();
  }
  if (state_ == State::open) send_notice();
}

/// Each notice once. False: none is written down for this session.
bool Session::send_notice() {
  if (!is_listening()) return false;
  const auto found = onboarding::notice_for(shared_.lookup.registry(), certificate_id_, session_id_);
  if (!found) return false;
  const onboarding::Notice& notice = *found;
  const std::pair sent(notice.claim_id, notice.attempt);
  if (std::exchange(move_.sent, sent) == sent) return true;
  log::info("gateway", "endpoint sent to the module", {{"client", who()}, {"endpoint", notice.endpoint}});
  const std::string topic = config_topic();
  const std::string payload = boost::json::serialize(boost::json::object{{"Endpoint", notice.endpoint}});
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = as_bytes(payload);
  publish.qos = *move_.qos;
  // As far as can be from the ids that the engine has in use, which follow each other.
  if (publish.qos > 0) {
    publish.packet_id = static_cast<std::uint16_t>((move_.engine_packet ^ 0x8000U) | 1U);  // never zero
    move_.own_packet = publish.packet_id;
  }
  ++shared_.counters.messages_out;
  to_device(publish);
  return true;
}

/// It proves nothing but that the message arrived; the module's next connect is what counts.
bool Session::is_own_ack(const mqtt::PubAck& ack) {
  if (move_.own_packet != ack.packet_id) return false;
  move_.own_packet.reset();
  log::info("gateway", "endpoint acknowledged by the module", {{"client", who()}});
  return true;
}

void Session::note_visit(const cloud::Account& account) {
  shared_.store.submit(
      [account, settings = claim_settings(shared_), id = certificate_id_](cloud::Registry& registry) {
        return onboarding::note_visit(registry, settings, account, id, wall_now());
      },
      [session = weak_from_this(), &reactor = shared_.reactor](Status status) {
        if (status) return;
        log::error("gateway", "custody not updated", {{"reason", status.error().detail}});
        if (!may_pass(status.error())) return;
        boost::asio::post(reactor, [session] {
          const auto self = session.lock();
          if (!self) return;
          self->move_.is_visit_due = true;
          self->try_again_soon();
        });
      });
}

/// A session may last for weeks: what could not be written is not left to the module's next connect.
void Session::try_again_soon() {
  if (state_ == State::ended) return;
  if (!move_.again) move_.again = std::make_unique<boost::asio::steady_timer>(shared_.reactor);
  move_.again->expires_after(kTryAgain);
  move_.again->async_wait([self = shared_from_this()](auto error) {
    if (error || self->state_ == State::ended) return;
    const auto account = self->shared_.lookup.account(self->account_id_);
    if (account && std::exchange(self->move_.is_visit_due, false)) self->note_visit(*account);
    self->offer_move();
  });
}

void Session::note_stranded() {
  shared_.store.submit(
      [account = account_id_, id = certificate_id_](cloud::Registry& registry) {
        return onboarding::note_stranded(registry, account, id, wall_now());
      },
      [](Status status) {
        if (!status) log::error("gateway", "finding not noted", {{"reason", status.error().detail}});
      });
}

void Session::open_custody(const cloud::Account& account) {
  const auto leaf = peer_certificate(device_->ssl());
  if (!leaf) return;
  shared_.store.submit(
      [account, settings = claim_settings(shared_),
       device = cloud::DeviceCertificate::of(leaf->facts())](cloud::Registry& registry) -> Status {
        XL_CHECK(cloud::provisioning::open_custody(registry, account, device, wall_now()));
        if (!registry.custody().find(device.id)) return {};  // no module of its own
        return onboarding::note_visit(registry, settings, account, device.id, wall_now());
      },
      [](Status status) {
        if (!status) log::error("gateway", "custody not opened", {{"reason", status.error().detail}});
      });
}

/// A module that has been told to come here and is refused: whoever has claimed it must be told why.
void Session::note_refusal(const Error& reason) {
  if (reason.code != Errc::forbidden && reason.code != Errc::invalid_argument) return;
  if (certificate_id_.empty() || web_until_) return;
  if (onboarding::is_stranded(shared_.lookup.registry(), account_id_, certificate_id_)) return note_stranded();
  const auto claim = shared_.lookup.registry().claims().live_of(certificate_id_);
  if (!claim || claim->account_id != account_id_ || !claim->may_have_moved()) return;
  const auto account = shared_.lookup.account(account_id_);
  if (!account) return;
  shared_.store.submit(
      [account = *account, times = shared_.options.claim_times, id = certificate_id_,
       why = reason.detail](cloud::Registry& registry) {
        return onboarding::note_refusal(registry, times, account, id, why, wall_now());
      },
      [](Status status) {
        if (!status) log::error("gateway", "claim not updated", {{"reason", status.error().detail}});
      });
}

}  // namespace xl::gateway
