// SPDX-License-Identifier: Apache-2.0
#include "module.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"
#include "refusal.hpp"

namespace xl::storm {
namespace {

constexpr std::size_t kPacketBytesMax = 256 * 1024;
constexpr std::uint16_t kKeepAliveSeconds = 120;
constexpr const char* kConfigTopic = "{thing}/expresslink_config";

std::string with_thing(std::string text, const std::string& thing) {
  constexpr std::string_view place = "{thing}";
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + thing.size()))
    text.replace(at, place.size(), thing);
  return text;
}

}  // namespace

Module::Module(Ground& ground, const Identity& identity)
    : connects_left(1 + ground.options->reconnects),
      ground_(&ground),
      identity_(&identity),
      topic_(with_thing(ground.options->follow ? kConfigTopic : ground.options->topic, identity.thing_name)) {}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  static_cast<Module*>(SSL_get_app_data(ssl))->session_.reset(session);
  return 1;
}

const char* Module::stage() const {
  switch (state_) {
    case State::handshaking:
      return "in the TLS handshake";
    case State::connecting:
      return "before CONNACK";
    case State::subscribing:
      return "before SUBACK";
    default:
      return "while connected";
  }
}

void Module::connect() {
  --connects_left;
  started_ = Clock::now();
  state_ = State::handshaking;
  published_ = unanswered_ = 0;
  descriptor_ = ::socket(ground_->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* address = reinterpret_cast<const sockaddr*>(&ground_->address);
  if (::connect(descriptor_, address, ground_->address_size) != 0 && errno != EINPROGRESS)
    return fail(std::string("cannot connect: ") + std::strerror(errno));
  ssl_.reset(SSL_new(ground_->context));
  SSL* ssl = ssl_.get();
  SSL_set_app_data(ssl, this);
  SSL_use_certificate(ssl, identity_->certificate.get());
  SSL_use_PrivateKey(ssl, identity_->key.get());
  if (identity_->issuer != nullptr) SSL_add1_chain_cert(ssl, identity_->issuer);
  SSL_set_tlsext_host_name(ssl, endpoint().c_str());
  SSL_set1_host(ssl, endpoint().c_str());
  if (session_ && ground_->options->resume) SSL_set_session(ssl, session_.get());
  SSL_set_fd(ssl, descriptor_);
  SSL_set_connect_state(ssl);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP;
  event.data.ptr = this;
  ::epoll_ctl(ground_->epoll, EPOLL_CTL_ADD, descriptor_, &event);
}

void Module::on_ready() {
  if (state_ == State::closed) return;
  if (state_ == State::handshaking && !shake_hands()) return;
  flush();
  if (state_ != State::closed) read();
}

/// True once the handshake is done and CONNECT sent.
bool Module::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    wait_or_fail(result);
    return false;
  }
  state_ = State::connecting;
  send(mqtt::Connect{.client_id = identity_->thing_name, .keep_alive_seconds = kKeepAliveSeconds});
  return state_ != State::closed;
}

void Module::read() {
  std::array<char, 16 * 1024> chunk;
  while (state_ != State::closed) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()));
    if (count <= 0) {
      wait_or_fail(count);
      return;
    }
    input_.append(chunk.data(), static_cast<std::size_t>(count));
    const std::size_t taken = take_packets();
    if (state_ == State::closed) return;
    input_.erase(0, taken);
    if (input_.empty()) input_.shrink_to_fit();
  }
}

/// How many bytes of the input were whole packets.
std::size_t Module::take_packets() {
  std::size_t taken = 0;
  while (state_ != State::closed) {
    const auto frame = mqtt::next_frame(as_bytes(std::string_view(input_).substr(taken)), kPacketBytesMax);
    if (frame && !*frame) break;
    const auto packet = frame ? mqtt::decode(**frame) : tl::unexpected<mqtt::Fault>(frame.error());
    if (!packet) {
      fail("malformed MQTT packet from the server");
      break;
    }
    taken += (*frame)->size;
    on_packet(*packet);
  }
  return taken;
}

void Module::on_packet(const mqtt::Packet& packet) {
  if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) return on_publish(*publish);
  if (const auto* connack = std::get_if<mqtt::ConnAck>(&packet)) return on_connack(*connack);
  if (const auto* suback = std::get_if<mqtt::SubAck>(&packet)) {
    if (suback->return_codes.empty() || suback->return_codes[0] > 2) return fail("SUBACK 128 (refused)");
    return opened();
  }
  if (std::holds_alternative<mqtt::PubAck>(packet) && !unacknowledged_.empty()) {
    const auto sent = unacknowledged_.front();
    unacknowledged_.pop_front();
    ++ground_->tally.acknowledged;
    if (!ground_->options->subscribe) on_answered(sent);
  }
}

void Module::on_connack(const mqtt::ConnAck& answer) {
  if (state_ != State::connecting || answer.return_code != 0) return fail(connack_text(answer.return_code));
  if (has_moved()) {
    ++ground_->tally.moves;
    ground_->tally.move.add(Clock::now() - told_);
    return opened();
  }
  const auto duration = Clock::now() - started_;
  ++ground_->tally.connects;
  ground_->tally.connect.add(duration);
  if (!ground_->options->publishes()) ground_->recent.add(duration);
  if (SSL_session_reused(ssl_.get()) == 1) ++ground_->tally.resumed;
  if (!ground_->options->subscribe && !ground_->options->follow) return opened();
  subscribe();
}

void Module::subscribe() {
  const bool is_acknowledged = ground_->options->follow || ground_->options->qos == 1;
  state_ = State::subscribing;
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 1;
  subscribe.count = 1;
  subscribe.filters[0] = {topic_, static_cast<std::uint8_t>(is_acknowledged ? 1 : 0)};
  send(subscribe);
}

void Module::opened() {
  state_ = State::open;
  ground_->on_open(*this);
}

void Module::on_publish(const mqtt::Publish& publish) {
  if (publish.qos == 1) send(mqtt::PubAck{publish.packet_id});
  if (ground_->options->follow) return on_endpoint(as_text(publish.payload));
  if (state_ == State::closed || publish.payload.size() < sizeof(Clock::rep) || unanswered_ == 0) return;
  ++ground_->tally.received;
  Clock::rep ticks = 0;
  std::memcpy(&ticks, publish.payload.data(), sizeof ticks);
  on_answered(Clock::time_point(Clock::duration(ticks)));
}

/// As a module does in staging (guide 11.3.2): it leaves, and calls there.
void Module::on_endpoint(std::string_view message) {
  boost::system::error_code error;
  const auto value = boost::json::parse(message, error);
  const auto* endpoint = !error && value.is_object() ? value.as_object().if_contains("Endpoint") : nullptr;
  if (endpoint == nullptr || !endpoint->is_string() || state_ != State::open)
    return fail("not an endpoint: " + std::string(message));
  told_ = Clock::now();
  leave();
  moved_to_ = std::string_view(endpoint->as_string());
  session_.reset();
  ++connects_left;
  ground_->on_told(*this);
}

void Module::on_answered(Clock::time_point sent) {
  --unanswered_;
  const auto duration = Clock::now() - sent;
  ground_->tally.message.add(duration);
  ground_->recent.add(duration);
  ground_->on_answer(*this);
}

void Module::publish() {
  const Options& options = *ground_->options;
  std::vector<Byte> payload(options.payload_bytes, 'x');
  const auto now = Clock::now();
  const Clock::rep ticks = now.time_since_epoch().count();
  std::memcpy(payload.data(), &ticks, sizeof ticks);
  mqtt::Publish out;
  out.topic = topic_;
  out.payload = payload;
  out.qos = static_cast<std::uint8_t>(options.qos);
  if (options.qos == 1) {
    packet_id_ = static_cast<std::uint16_t>(packet_id_ % 65535 + 1);
    out.packet_id = packet_id_;
    unacknowledged_.push_back(now);
  }
  ++published_;
  ++ground_->tally.published;
  if (options.subscribe || options.qos == 1) ++unanswered_;
  send(out);
}

void Module::send(const mqtt::Packet& packet) {
  const std::size_t before = output_.size();
  output_.resize(before + mqtt::encoded_size(packet));
  (void)mqtt::encode(packet, {reinterpret_cast<Byte*>(output_.data()) + before, output_.size() - before});
  if (before == 0) flush();
}

void Module::flush() {
  while (state_ != State::closed && !output_.empty()) {
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), output_.data(), static_cast<int>(output_.size()));
    if (count <= 0) {
      wait_or_fail(count);
      return;
    }
    output_.erase(0, static_cast<std::size_t>(count));
  }
  if (output_.empty()) output_.shrink_to_fit();
}

bool Module::wait_or_fail(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  fail(refusal_text(ssl_.get(), error, errno, stage()));
  return false;
}

void Module::ping() {
  if (state_ == State::open) send(mqtt::PingReq{});
}

void Module::leave() {
  std::array<Byte, 2> bytes{};
  if (state_ == State::open && output_.empty() && mqtt::encode(mqtt::Disconnect{}, bytes))
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  close();
}

void Module::fail(const std::string& why) {
  const bool was_open = is_open();
  ground_->tally.fail(why);
  close();
  ground_->on_failed(*this, was_open);
}

void Module::close() {
  state_ = State::closed;
  input_ = output_ = {};
  unacknowledged_.clear();
  unanswered_ = 0;
  if (ssl_) {
    SSL_set_quiet_shutdown(ssl_.get(), 1);
    SSL_shutdown(ssl_.get());  // or OpenSSL takes the session for broken and never resumes it
    ssl_.reset();
  }
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace xl::storm
