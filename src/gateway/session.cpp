// SPDX-License-Identifier: Apache-2.0
// The life of a session: start, CONNECT, the engine's side, the end.
#include "gateway/session.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "cloud/model/limits.hpp"
#include "crypto/random.hpp"
#include "gateway/engine_socket.hpp"
#include "gateway/events.hpp"
#include "gateway/tls_context.hpp"
#include "gateway/topic_map.hpp"
#include "gateway/wire.hpp"
#include "mqtt/utf8.hpp"

namespace xl::gateway {

using cloud::limits::Limit;

namespace {

constexpr std::chrono::milliseconds kEngineRetry{20};
constexpr int kEngineTriesMax = 250;
/// Room for the topic and the fixed header beside the largest payload.
constexpr std::size_t kPacketBytesMax = cloud::limits::kPayloadBytesMax + 1024;

constexpr std::uint8_t kUnacceptableProtocol = 1;
constexpr std::uint8_t kServerUnavailable = 3;
constexpr std::uint8_t kIdentifierRejected = 2;

/// A second's worth at once.
Rate rate_of(std::size_t per_second) { return {static_cast<double>(per_second), static_cast<double>(per_second)}; }

}  // namespace

Session::Session(Shared& shared, std::shared_ptr<Channel> device, std::string peer_address)
    : shared_(shared),
      device_(std::move(device)),
      peer_address_(std::move(peer_address)),
      timer_(shared.reactor),
      with_device_{boost::asio::steady_timer(shared.reactor)},
      with_engine_{boost::asio::steady_timer(shared.reactor)},
      pace_{boost::asio::steady_timer(shared.reactor),
            TokenBucket(rate_of(shared.options.limits[Limit::publishes_per_second])),
            TokenBucket(rate_of(shared.options.limits[Limit::bytes_per_second]))} {
  shared_.roll.add(this);
}

Session::Session(Shared& shared, std::shared_ptr<Channel> channel, const cloud::WebClient& client)
    : Session(shared, std::move(channel), client.peer_address) {
  account_id_ = client.account_id;
  certificate_id_ = client.access_key_id;
  web_until_ = std::chrono::steady_clock::now() + shared.options.deadlines.web_session;
}

void SessionRoll::add(Session* session) {
  const std::lock_guard lock(mutex_);
  sessions_.insert(session);
}

void SessionRoll::remove(Session* session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
}

std::vector<std::shared_ptr<Session>> SessionRoll::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Session>> out;
  for (Session* session : sessions_) {
    if (auto living = session->weak_from_this().lock()) out.push_back(std::move(living));
  }
  return out;
}

std::size_t SessionRoll::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void Session::start() {
  set_deadline(shared_.options.deadlines.connect, [this] { end(End::client_error, "no CONNECT in time"); });
  device_->start({[self = shared_from_this()](std::string_view bytes) { return self->on_device_bytes(bytes); },
                  [self = shared_from_this()](std::string_view reason) { self->end(End::connection_lost, reason); },
                  [self = shared_from_this()] { self->let_go(self->engine_.get(), self->with_device_); }});
}

std::string Session::who() const {
  return (login_.client_id.empty() ? std::string("?") : login_.client_id) + " from " + peer_address_;
}

void Session::set_deadline(std::chrono::milliseconds after, std::function<void()> then) {
  timer_.expires_after(after);
  timer_.async_wait([self = shared_from_this(), then = std::move(then)](auto error) {
    if (!error && self->state_ != State::ended) then();
  });
}

std::size_t Session::on_device_bytes(std::string_view bytes) {
  // Packets behind a CONNECT wait until it is answered.
  if (state_ == State::admitting || state_ == State::engine_connecting) return 0;
  const Batch batch(engine_);
  const auto consumed =
      take_packets(bytes, kPacketBytesMax, [this](const mqtt::Packet& packet) { return on_device_packet(packet); });
  if (!consumed) {
    on_device_fault(consumed.error());
    return bytes.size();
  }
  return *consumed;
}

void Session::on_device_fault(mqtt::Fault fault) {
  if (fault == mqtt::Fault::too_large)
    return end(End::client_error, "a packet of more than 128 KiB or of more than 64 filters");
  if (fault != mqtt::Fault::unsupported) return end(End::client_error, "malformed MQTT packet");
  // MQTT 3.1.1 3.1.2.2: whoever asks for another version is told so.
  if (state_ == State::awaiting_connect) to_device(mqtt::ConnAck{false, kUnacceptableProtocol});
  end(End::client_error, "not MQTT 3.1.1");
}

/// False: take no more packets for now.
bool Session::on_device_packet(const mqtt::Packet& packet) {
  if (state_ == State::ended) return false;
  last_heard_ = std::chrono::steady_clock::now();  // a packet begun and never finished keeps nobody alive
  if (const auto* connect = std::get_if<mqtt::Connect>(&packet);
      connect != nullptr && state_ == State::awaiting_connect) {
    return on_connect(*connect);
  }
  if (state_ != State::open) {
    end(End::client_error, "the first packet is not CONNECT");
    return false;
  }
  return relay_from_device(packet);
}

bool Session::on_connect(const mqtt::Connect& connect) {
  if (device_->ssl() != nullptr && SSL_session_reused(device_->ssl()) == 1) ++shared_.counters.handshakes_resumed;
  login_.client_id = std::string(connect.client_id);
  login_.username = std::string(connect.username.value_or(""));
  login_.clean_session = connect.clean_session;
  login_.keep_alive_seconds = connect.keep_alive_seconds;
  if (connect.will) {
    login_.will = Login::Will{std::string(connect.will->topic), std::string(as_text(connect.will->payload)),
                              connect.will->qos, connect.will->retain};
  }
  const bool has_wildcard = login_.client_id.find_first_of("+#/") != std::string::npos;
  const bool fits = !login_.client_id.empty() && login_.client_id.size() <= cloud::limits::kClientIdBytesMax;
  if (!fits || has_wildcard || !mqtt::is_printable(login_.client_id)) {
    refuse(Error::forbidden("client id must have 1 to 128 bytes without + # / and control characters"),
           kIdentifierRejected);
    return false;
  }
  state_ = State::admitting;
  device_->pause(true);
  set_deadline(shared_.options.deadlines.admission, [this] { end(End::server, "admission took too long"); });
  admit();
  return false;
}

void Session::refuse(const Error& reason, std::uint8_t return_code) {
  log::warn("gateway", "connect refused",
            {{"client", who()},
             {"account", account_id_.empty() ? account_of(device_->ssl()) : account_id_},
             {"certificate", certificate_id_.substr(0, 12)},
             {"reason", reason.detail}});
  ++shared_.counters.connects_refused;
  note_refusal(reason);
  publish_connect_failed(shared_.bus, source(), reason.detail);
  to_device(mqtt::ConnAck{false, return_code});
  refused_ = true;
  end(End::forbidden, reason.detail);
}

EventSource Session::source() const {
  return {account_id_, login_.client_id, certificate_id_, session_id_, peer_address_};
}

void Session::take_place() {
  state_ = State::engine_connecting;
  session_id_ = crypto::random_uuid();
  claim_ = shared_.places.next_claim();
  shared_.places.claim(*claim_, shared_from_this(), source(), limits()[Limit::account_connections]);
}

void Session::on_no_place() {
  refuse(Error::unavailable("too many devices of this account are connected (limit account-connections)"),
         kServerUnavailable);
}

void Session::on_place(std::optional<Subscriptions> remembered) {
  remembered_ = std::move(remembered);
  connect_engine_now();
}

void Session::connect_engine_now() {
  if (state_ == State::ended) return;
  const EngineSocket engine = connect_engine(shared_.options.engine_socket);
  if (engine.outcome == ConnectOutcome::connected) {
    engine_ = make_plain_channel(shared_.reactor, engine.descriptor);
    engine_->start({[self = shared_from_this()](std::string_view bytes) { return self->on_engine_bytes(bytes); },
                    [self = shared_from_this()](std::string_view) { self->end(End::server, "the engine closed"); },
                    [self = shared_from_this()] { self->let_go(self->device_.get(), self->with_engine_); }});
    return send_engine_connect();
  }
  if (++engine_tries_ > kEngineTriesMax)
    return refuse(Error::unavailable("the MQTT engine cannot be reached: " + engine.reason), kServerUnavailable);
  set_deadline(kEngineRetry, [this] { connect_engine_now(); });
}

void Session::send_engine_connect() {
  const std::string client_id = engine_client_id(account_id_, login_.client_id);
  mqtt::Connect connect;
  connect.client_id = client_id;
  connect.clean_session = login_.clean_session;
  std::string will_topic;
  if (login_.will) {
    will_topic = engine_topic(account_id_, access_->full_topic(login_.will->topic));
    const bool is_to_stay = login_.will->retain && !login_.will->payload.empty();
    if (is_to_stay && !may_be_retained(will_topic)) login_.will->retain = false;
    connect.will = mqtt::Will{will_topic, as_bytes(login_.will->payload), login_.will->qos, login_.will->retain};
    // Here too, not only when it is published: this process may be gone by then.
    if (is_to_stay && login_.will->retain) note_retained(will_topic, true);
  }
  to_engine(connect);
  set_deadline(shared_.options.deadlines.admission, [this] { end(End::server, "the engine did not answer"); });
}

void Session::on_engine_connected(const mqtt::ConnAck& answer) {
  if (answer.return_code != 0) return refuse(Error::unavailable("the engine refused the session"), kServerUnavailable);
  state_ = State::open;
  opened_ = std::chrono::steady_clock::now();
  ++shared_.counters.connects_accepted;
  ++shared_.counters.sessions_open;
  if (remembered_ && answer.session_present) subscriptions_ = *std::move(remembered_);
  remembered_.reset();
  count_subscriptions();
  shared_.places.opened(*claim_, {account_id_, login_.client_id});
  announce(true, End::client_disconnect);
  log::info("gateway", "connected",
            {{"client", who()}, {"account", account_id_}, {"certificate", certificate_id_.substr(0, 12)}});
  if (needs_review_) review();
  if (state_ != State::open) return;
  to_device(mqtt::ConnAck{answer.session_present, 0});
  last_heard_ = std::chrono::steady_clock::now();
  keep_alive();
  device_->pause(false);
  if (subscriptions_.has_exact(config_topic())) move_.qos = 1;
  note_listening();
  offer_move();
}

/// MQTT 3.1.1 3.1.2.10: cut after one and a half times the keep-alive, which AWS keeps between 30 and 1200 s.
void Session::keep_alive() {
  using namespace std::chrono;
  const milliseconds longest = cloud::limits::kKeepAliveMax;
  const milliseconds asked =
      seconds(login_.keep_alive_seconds == 0 ? cloud::limits::kKeepAliveMax.count() : login_.keep_alive_seconds);
  const auto allowed = std::clamp(asked, shared_.options.deadlines.keep_alive_min, longest) * 3 / 2;
  if (web_until_ && steady_clock::now() >= *web_until_)
    return end(End::web_session_over, "a WebSocket lives for a day at most");
  auto left = duration_cast<milliseconds>(last_heard_ + allowed - steady_clock::now());
  if (left <= milliseconds::zero()) return end(End::keep_alive, "nothing heard within the keep-alive time");
  if (web_until_) left = std::min(left, ceil<milliseconds>(*web_until_ - steady_clock::now()));
  set_deadline(left, [this] { keep_alive(); });
}

bool Session::to_device(const mqtt::Packet& packet) {
  if (!device_->send(encoded(packet))) {
    end(End::client_error, "the device does not read");
    return false;
  }
  if (engine_ && device_->queued() > kQueueBytesHigh)
    hold_back(*engine_, with_device_, End::client_error, "the device does not read");
  return true;
}

void Session::note_retained(std::string_view topic, bool is_there) {
  if (const auto own = account_topic(account_id_, topic)) shared_.retained.note(account_id_, *own, is_there);
}

bool Session::may_be_retained(std::string_view topic) {
  const auto own = account_topic(account_id_, topic);
  return !own || shared_.retained.has_room_for(account_id_, *own, limits()[Limit::account_retained_messages]);
}

void Session::count_subscriptions() {
  const std::size_t now = subscriptions_.filters().size();
  shared_.accounts.count_subscriptions(account_id_, std::exchange(counted_, now), now);
}

bool Session::to_engine(const mqtt::Packet& packet) {
  if (!engine_ || !engine_->send(encoded(packet))) {
    end(End::server, "the engine does not read");
    return false;
  }
  if (const auto* publish = std::get_if<mqtt::Publish>(&packet); publish != nullptr && publish->retain)
    note_retained(publish->topic, !publish->payload.empty());
  if (engine_->queued() > kQueueBytesHigh) hold_back(*device_, with_engine_, End::server, "the engine does not read");
  return true;
}

void Session::hold_back(Channel& source, Patience& patience, End reason, const char* detail) {
  source.pause(true);
  if (std::exchange(patience.waits, true)) return;
  patience.timer.expires_after(shared_.options.deadlines.patience);
  patience.timer.async_wait([self = shared_from_this(), reason, detail](auto error) {
    if (!error) self->end(reason, detail);
  });
}

void Session::let_go(Channel* source, Patience& patience) {
  if (!std::exchange(patience.waits, false)) return;
  patience.timer.cancel();
  last_heard_ = std::chrono::steady_clock::now();  // a device that we did not read is not silent
  if (state_ != State::open) return;
  if (source == device_.get()) return resume_device();
  if (source != nullptr) source->pause(false);
}

void Session::resume_device() {
  if (state_ == State::open && !with_engine_.waits && !pace_.waits && !awaits_answer_) device_->pause(false);
}

/// AWS IoT throws away what comes faster. We read it later: nothing is lost, and the device feels it in its own queue.
/// False: take no more packets for now.
bool Session::keep_pace(std::size_t bytes) {
  const auto& most = limits();
  const std::size_t most_publishes = most[Limit::publishes_per_second], most_bytes = most[Limit::bytes_per_second];
  std::chrono::milliseconds wait(0);
  if (most_publishes > 0) wait = pace_.publishes.spend(rate_of(most_publishes), 1);
  if (most_bytes > 0) wait = std::max(wait, pace_.bytes.spend(rate_of(most_bytes), static_cast<double>(bytes)));
  wait = std::max(wait, shared_.accounts.publish(account_id_, most));
  if (wait == std::chrono::milliseconds(0)) return true;
  pace_.waits = true;
  device_->pause(true);
  pace_.timer.expires_after(wait);
  pace_.timer.async_wait([self = shared_from_this()](auto error) {
    if (error) return;
    self->pace_.waits = false;
    self->last_heard_ = std::chrono::steady_clock::now();  // we did not listen
    self->resume_device();
  });
  return false;
}

void Session::end(End reason, std::string_view detail) {
  if (state_ == State::ended) return;
  const bool was_open = state_ == State::open;
  const bool before_connect = state_ == State::awaiting_connect;
  state_ = State::ended;
  timer_.cancel();
  with_device_.timer.cancel();
  with_engine_.timer.cancel();
  pace_.timer.cancel();
  if (move_.again) move_.again->cancel();
  if (before_connect && device_->ssl() != nullptr && SSL_is_init_finished(device_->ssl()) != 1) {
    log::warn("gateway", "handshake failed", {{"peer", peer_address_}, {"reason", std::string(detail)}});
    ++shared_.counters.handshakes_failed;
  } else if (!was_open && !refused_) {
    log::warn("gateway", "ended before it was connected",
              {{"client", who()}, {"account", account_of(device_->ssl())}, {"reason", std::string(detail)}});
  }
  shared_.accounts.count_subscriptions(account_id_, std::exchange(counted_, 0), 0);
  if (was_open) {
    --shared_.counters.sessions_open;
    if (!login_.clean_session) remembered_ = subscriptions_.settled();
    announce(false, reason);
    note_long_visit();
    log::info("gateway", "disconnected",
              {{"client", who()}, {"account", account_id_}, {"reason", std::string(detail)}});
  }
  // Without DISCONNECT the engine publishes the will, as MQTT wants for every other end.
  if (was_open && reason != End::client_disconnect && login_.will && login_.will->retain)
    note_retained(engine_topic(account_id_, access_->full_topic(login_.will->topic)), !login_.will->payload.empty());
  if (engine_ && reason == End::client_disconnect) engine_->send(encoded(mqtt::Disconnect{}));
  if (engine_) engine_->close();
  device_->close();
  // Last: who waits for the client id may go to the engine now.
  if (claim_) shared_.places.leave(*claim_, {account_id_, login_.client_id}, std::move(remembered_));
}

void Session::announce(bool connected, End reason) { publish_presence(shared_.bus, source(), connected, reason); }

}  // namespace xl::gateway
