// SPDX-License-Identifier: Apache-2.0
#include "module/connection/connection.hpp"

#include <algorithm>

#include "module/connection/login.hpp"
#include "module/limits.hpp"

namespace xl::module::connection {
namespace {

using dictionary::Key;

constexpr std::uint8_t kRefused = 0x80;  // source: MQTT 3.1.1 3.9.3

std::string_view connack_text(std::uint8_t code) {  // source: MQTT 3.1.1 table 3.1
  switch (code) {
    case 1:
      return "Unacceptable protocol version";
    case 2:
      return "Client identifier rejected";
    case 3:
      return "Server unavailable";
    case 4:
      return "Bad user name or password";
    case 5:
      return "Not authorized";
    default:
      return "Refused by the broker";
  }
}

bool all_granted(const mqtt::SubAck& ack, std::size_t filters) {
  return ack.return_codes.size() == filters &&
         std::ranges::none_of(ack.return_codes, [](Byte code) { return code >= kRefused; });
}

}  // namespace

Connection::Connection(const Environment& environment, Owner& owner)
    : env_(environment),
      owner_(owner),
      topics_(environment.identity.thing_name),
      backoff_(environment.random),
      stream_(environment.transport) {}

void Connection::open() {
  enter(Phase::joining, kLinkTimeout);
  env_.link.join(env_.dictionary.value(Key::ssid), env_.dictionary.value(Key::passphrase));
  poll_link();
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::connected || phase_ == Phase::registering) {
    static_cast<void>(send(mqtt::Disconnect{}));  // a courtesy; the transport is closed anyway
  }
  lose();
}

void Connection::reset() {
  close();
  backoff_.reset();
}

void Connection::on_time() {
  if (phase_ == Phase::closed || env_.clock.monotonic() < next_deadline()) return;
  if (phase_ == Phase::joining) {
    poll_link();
  } else if (phase_ == Phase::connected) {
    watch();
  } else {
    fail(hint_of_phase(), "Timed out");
  }
}

std::optional<ports::Millis> Connection::next_deadline() const {
  switch (phase_) {
    case Phase::closed:
      return std::nullopt;
    case Phase::joining:
    case Phase::connected:
      return next_look_;
    default:
      return deadline_;
  }
}

void Connection::on_transport(const ports::TransportEvent& event) {
  using Kind = ports::TransportEvent::Kind;
  if (phase_ == Phase::closed || phase_ == Phase::joining) return;  // an echo of a transport that was closed meanwhile
  switch (event.kind) {
    case Kind::opened:
      if (phase_ == Phase::opening) log_in();
      return;
    case Kind::received:
      last_received_ = env_.clock.monotonic();
      if (!stream_.receive(event.bytes, *this)) abort("Broken MQTT packet");
      return;
    case Kind::failed:
    case Kind::closed_by_peer:
      if (phase_ == Phase::connected) return lose();
      return fail(event.fault == ports::TransportFault::not_authenticated ? Hint::authentication : hint_of_phase(),
                  event.detail);
  }
}

void Connection::enter(Phase phase, ports::Millis timeout) {
  phase_ = phase;
  deadline_ = env_.clock.monotonic() + timeout;
}

Hint Connection::hint_of_phase() const {
  switch (phase_) {
    case Phase::joining:
      return Hint::network;
    case Phase::logging_in:
      return Hint::login;
    case Phase::registering:
      return Hint::registration;
    default:
      return Hint::endpoint;
  }
}

void Connection::poll_link() {
  using State = ports::NetworkLink::State;
  const auto now = env_.clock.monotonic();
  next_look_ = now + kLinkPoll;
  const State state = env_.link.state();
  if (state == State::up) {
    open_transport();
  } else if (state == State::down || now >= deadline_) {
    fail(Hint::network, "Failed to access network");
  }
}

void Connection::open_transport() {
  const auto endpoint = env_.dictionary.value(Key::endpoint);
  if (endpoint.empty()) return fail(Hint::endpoint, "Invalid Endpoint?");
  enter(Phase::opening, kTransportTimeout);
  is_staging_ = !env_.dictionary.is_onboarded();
  stream_.reset();
  env_.transport.open(endpoint, env_.port, env_.dictionary.value(Key::root_ca));
}

void Connection::log_in() {
  enter(Phase::logging_in, kLoginTimeout);
  const auto user = login_string(env_.identity, env_.dictionary.value(Key::custom_name));
  mqtt::Connect connect;
  connect.client_id = env_.identity.thing_name;
  connect.clean_session = true;
  connect.keep_alive_seconds = static_cast<std::uint16_t>(std::chrono::seconds(kKeepAlive).count());
  connect.username = user.view();
  if (!send(connect)) fail(Hint::login, "Nothing can be sent");
}

void Connection::register_topics() {
  enter(Phase::registering, kRegisterTimeout);
  is_asking_for_jobs_ = false;
  registration_id_ = stream_.next_packet_id();
  mqtt::Subscribe subscribe;
  subscribe.packet_id = registration_id_;
  if (is_staging_) {
    subscribe.filters[subscribe.count++] = {topics_.endpoint_update(), 1};
  } else {
    for (const auto filter :
         {topics_.jobs_notify_next(), topics_.jobs_get_next_accepted(), topics_.jobs_get_next_rejected()}) {
      subscribe.filters[subscribe.count++] = {filter, 1};
    }
  }
  if (!send(subscribe)) fail(Hint::registration, "Nothing can be sent");
}

bool Connection::on_registration_answer(const mqtt::SubAck& ack) {
  if (!all_granted(ack, is_staging_ ? 1 : 3)) {
    fail(Hint::registration, "Subscription refused");
    return false;
  }
  if (is_staging_) {
    finish();
    return true;
  }
  // Acknowledged, so that a broker which forbids it has dropped us before the host is told that we are connected.
  is_asking_for_jobs_ = true;
  registration_id_ = stream_.next_packet_id();
  mqtt::Publish ask;
  ask.topic = topics_.jobs_get_next();
  ask.payload = as_bytes("{}");
  ask.qos = 1;
  ask.packet_id = registration_id_;
  if (send(ask)) return true;
  fail(Hint::registration, "Nothing can be sent");
  return false;
}

void Connection::finish() {
  backoff_.reset();
  ping_deadline_.reset();
  phase_ = Phase::connected;
  next_look_ = env_.clock.monotonic() + kLinkWatch;
  owner_.on_connected();
}

void Connection::fail(Hint hint, std::string_view detail) {
  env_.transport.close();
  phase_ = Phase::closed;
  backoff_.failed(env_.clock.monotonic());
  owner_.on_connect_failed(hint, detail);
}

void Connection::lose() {
  env_.transport.close();
  const bool was_connected = phase_ == Phase::connected;
  phase_ = Phase::closed;
  if (was_connected) owner_.on_connection_lost();
}

/// The session cannot go on: a failure of CONNECT, or a lost connection.
void Connection::abort(std::string_view detail) {
  if (phase_ == Phase::connected) {
    lose();
  } else if (phase_ != Phase::closed) {
    fail(hint_of_phase(), detail);
  }
}

void Connection::watch() {
  const auto now = env_.clock.monotonic();
  next_look_ = now + kLinkWatch;
  if (env_.link.state() != ports::NetworkLink::State::up) return lose();
  if (ping_deadline_) {
    if (now >= *ping_deadline_) lose();
    return;
  }
  if (now - std::min(last_sent_, last_received_) < kKeepAlive) return;
  ping_deadline_ = now + kPingTimeout;
  if (!send(mqtt::PingReq{})) lose();
}

bool Connection::send(const mqtt::Packet& packet) {
  if (!stream_.send(packet)) return false;
  last_sent_ = env_.clock.monotonic();
  return true;
}

std::optional<std::uint16_t> Connection::publish(std::string_view topic, ByteView payload, std::uint8_t qos) {
  if (!is_connected()) return std::nullopt;
  mqtt::Publish packet;
  packet.topic = topic;
  packet.payload = payload;
  packet.qos = qos;
  packet.packet_id = qos == 0 ? std::uint16_t{0} : stream_.next_packet_id();
  if (!send(packet)) return std::nullopt;
  return packet.packet_id;
}

std::optional<std::uint16_t> Connection::subscribe(std::string_view filter, std::uint8_t qos) {
  if (!is_connected()) return std::nullopt;
  mqtt::Subscribe packet;
  packet.packet_id = stream_.next_packet_id();
  packet.filters[packet.count++] = {filter, qos};
  if (!send(packet)) return std::nullopt;
  return packet.packet_id;
}

std::optional<std::uint16_t> Connection::unsubscribe(std::string_view filter) {
  if (!is_connected()) return std::nullopt;
  mqtt::Unsubscribe packet;
  packet.packet_id = stream_.next_packet_id();
  packet.filters[packet.count++] = filter;
  if (!send(packet)) return std::nullopt;
  return packet.packet_id;
}

bool Connection::on_packet(const mqtt::Packet& packet) {
  return std::visit([this](const auto& any) { return on(any); }, packet);
}

bool Connection::on(const mqtt::ConnAck& ack) {
  if (phase_ != Phase::logging_in) {
    abort("Unexpected MQTT packet");
    return false;
  }
  if (ack.return_code != 0) {
    fail(Hint::login, connack_text(ack.return_code));
    return false;
  }
  register_topics();
  return phase_ == Phase::registering;
}

bool Connection::on(const mqtt::SubAck& ack) {
  if (phase_ == Phase::registering && !is_asking_for_jobs_ && ack.packet_id == registration_id_) {
    return on_registration_answer(ack);
  }
  if (is_connected()) owner_.on_subscribed(ack.packet_id, all_granted(ack, 1));
  return true;
}

bool Connection::on(const mqtt::PubAck& ack) {
  if (phase_ == Phase::registering && is_asking_for_jobs_ && ack.packet_id == registration_id_) finish();
  if (is_connected()) owner_.on_published(ack.packet_id);
  return true;
}

bool Connection::on(const mqtt::PingResp&) {
  ping_deadline_.reset();
  return true;
}

bool Connection::on(const mqtt::Publish& publish) {
  if (phase_ < Phase::registering || publish.qos > 1) {
    abort("Unexpected MQTT packet");
    return false;
  }
  if (phase_ == Phase::registering) {
    // A message proves that its subscription stands, even if the SUBACK is still on its way.
    const bool settles = is_staging_ ? publish.topic == topics_.endpoint_update()
                                     : is_asking_for_jobs_ && topics_.answers_get_next(publish.topic);
    if (settles) finish();
  }
  if (!is_staging_ && topics_.is_about_jobs(publish.topic)) return settle(publish, Disposition::acknowledge);
  return settle(publish, owner_.on_message(publish));
}

bool Connection::settle(const mqtt::Publish& publish, Disposition disposition) {
  if (disposition == Disposition::abandon) {
    abort("Message not kept");
    return false;
  }
  if (publish.qos == 1 && !send(mqtt::PubAck{publish.packet_id})) {
    abort("Nothing can be sent");
    return false;
  }
  if (disposition == Disposition::acknowledge) return true;
  close();
  return false;
}

bool Connection::on_oversized(const mqtt::Publish& publish) {
  if (phase_ < Phase::registering || publish.qos > 1) {
    abort("Unexpected MQTT packet");
    return false;
  }
  owner_.on_oversized_message(publish.topic);
  return settle(publish, Disposition::acknowledge);
}

/// What a server never sends, or only with QoS 2, which we never ask for.
template <class Other>
bool Connection::on(const Other&) {
  abort("Unexpected MQTT packet");
  return false;
}

}  // namespace xl::module::connection
