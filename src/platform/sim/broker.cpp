// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/broker.hpp"

#include <algorithm>
#include <utility>

#include "mqtt/topic.hpp"

namespace xl::platform::sim {
namespace {

using module::ports::TransportEvent;
using module::ports::TransportFault;

constexpr std::size_t kPacketBytesMax = 256 * 1024;

std::string bytes_of(const mqtt::Packet& packet) {
  std::string bytes(mqtt::encoded_size(packet), '\0');
  const auto size = mqtt::encode(packet, {reinterpret_cast<Byte*>(bytes.data()), bytes.size()});
  bytes.resize(size.value_or(0));
  return bytes;
}

}  // namespace

Broker::Broker(Transport& transport) : transport_(transport) {
  transport.on_open = [this] { on_open(); };
  transport.on_sent = [this](const std::string& bytes) { on_sent(bytes); };
  transport.on_closed = [this] { pending_.clear(); };
}

std::optional<TransportEvent::Kind> Broker::next_event(TransportEvent& event, std::string& bytes) {
  if (pending_.empty()) return std::nullopt;
  Pending next = std::move(pending_.front());
  pending_.pop_front();
  bytes = std::move(next.bytes);
  if (next.kind == TransportEvent::Kind::opened) transport_.is_open = true;
  if (next.kind == TransportEvent::Kind::closed_by_peer) transport_.is_open = false;
  event = {.kind = next.kind, .fault = next.fault, .detail = {}, .bytes = as_bytes(bytes)};
  return next.kind;
}

void Broker::publish(const std::string& topic, const std::string& payload, std::uint8_t qos, bool retain) {
  mqtt::Publish packet;
  packet.topic = topic;
  packet.payload = as_bytes(payload);
  packet.qos = qos;
  packet.retain = retain;
  packet.packet_id = qos == 0 ? std::uint16_t{0} : ++last_packet_id_;
  send_raw(bytes_of(packet));
}

void Broker::send_raw(const std::string& bytes) {
  pending_.push_back({TransportEvent::Kind::received, TransportFault::none, bytes});
}

void Broker::drop() { pending_.push_back({TransportEvent::Kind::closed_by_peer, TransportFault::none, {}}); }

void Broker::release_subacks() {
  for (auto& bytes : std::exchange(held_subacks_, {})) send_raw(bytes);
}

void Broker::release_pubacks() {
  for (auto& bytes : std::exchange(held_pubacks_, {})) send_raw(bytes);
}

bool Broker::has(const std::string& filter) const {
  return std::ranges::find(subscriptions, filter) != subscriptions.end();
}

void Broker::on_open() {
  pending_.clear();
  input_.clear();
  subscriptions.clear();
  held_subacks_.clear();
  held_pubacks_.clear();
  login.reset();
  saw_disconnect = false;
  if (manners.fault != TransportFault::none) {
    pending_.push_back({TransportEvent::Kind::failed, manners.fault, {}});
  } else if (!manners.is_silent) {
    pending_.push_back({TransportEvent::Kind::opened, TransportFault::none, {}});
  }
}

void Broker::on_sent(const std::string& bytes) {
  input_ += bytes;
  while (true) {
    const auto frame = mqtt::next_frame(as_bytes(input_), kPacketBytesMax);
    if (!frame || !*frame) return;
    const std::string packet_bytes = input_.substr(0, (*frame)->size);
    input_.erase(0, packet_bytes.size());
    const auto again = mqtt::next_frame(as_bytes(packet_bytes), kPacketBytesMax);
    if (const auto packet = mqtt::decode(**again)) answer(*packet);
  }
}

void Broker::answer(const mqtt::Packet& packet) {
  if (const auto* connect = std::get_if<mqtt::Connect>(&packet)) take(*connect);
  if (const auto* publish_ = std::get_if<mqtt::Publish>(&packet)) take(*publish_);
  if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) take(*subscribe);
  if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) take(*unsubscribe);
  if (const auto* ack = std::get_if<mqtt::PubAck>(&packet)) acknowledged.push_back(ack->packet_id);
  if (std::holds_alternative<mqtt::Disconnect>(packet)) saw_disconnect = true;
  if (std::holds_alternative<mqtt::PingReq>(packet)) {
    ++pings;
    if (!manners.is_silent) send_raw(bytes_of(mqtt::PingResp{}));
  }
}

void Broker::take(const mqtt::Connect& connect) {
  login = Login{std::string(connect.client_id), std::string(connect.username.value_or("")), connect.clean_session,
                connect.keep_alive_seconds};
  if (manners.drops_at_login) return drop();
  send_raw(bytes_of(mqtt::ConnAck{.session_present = false, .return_code = manners.connack}));
}

void Broker::take(const mqtt::Publish& packet) {
  const std::string topic(packet.topic);
  const std::string payload(as_text(packet.payload));
  if (is_poison(topic)) return drop();
  published.push_back({topic, payload, packet.qos});
  if (packet.qos == 1) {
    const auto ack = bytes_of(mqtt::PubAck{packet.packet_id});
    manners.withholds_pubacks ? held_pubacks_.push_back(ack) : send_raw(ack);
  }
  const bool wanted = std::ranges::any_of(subscriptions, [&](const auto& f) { return mqtt::matches(f, topic); });
  if (wanted) publish(topic, payload);
}

void Broker::take(const mqtt::Subscribe& subscribe) {
  std::string codes;
  for (const auto& wanted : std::span(subscribe.filters).first(subscribe.count)) {
    if (is_poison(wanted.filter)) return drop();
    const bool refused =
        !manners.refuses_filter.empty() && wanted.filter.find(manners.refuses_filter) != std::string::npos;
    if (!refused) subscriptions.emplace_back(wanted.filter);
    codes.push_back(refused ? '\x80' : static_cast<char>(wanted.qos));
  }
  const auto ack = bytes_of(mqtt::SubAck{subscribe.packet_id, as_bytes(codes)});
  manners.withholds_subacks ? held_subacks_.push_back(ack) : send_raw(ack);
}

void Broker::take(const mqtt::Unsubscribe& unsubscribe) {
  for (const auto filter : std::span(unsubscribe.filters).first(unsubscribe.count)) {
    std::erase(subscriptions, std::string(filter));
  }
  send_raw(bytes_of(mqtt::UnsubAck{unsubscribe.packet_id}));
}

bool Broker::is_poison(std::string_view topic) const {
  return !manners.drops_on.empty() && topic.find(manners.drops_on) != std::string_view::npos;
}

}  // namespace xl::platform::sim
