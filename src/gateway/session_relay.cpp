// SPDX-License-Identifier: Apache-2.0
// Packets of an open session: the policy gate and the topic map, both ways.
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include "base/log.hpp"
#include "base/text.hpp"
#include "cloud/model/limits.hpp"
#include "gateway/session.hpp"
#include "gateway/topic_map.hpp"
#include "gateway/wire.hpp"
#include "mqtt/topic.hpp"

namespace xl::gateway {

using cloud::limits::Limit;

namespace {

constexpr std::size_t kPacketBytesMax = 256 * 1024;

/// The 64 hex digits of {"viewer":"…"}.
std::optional<std::string> viewer_hash_of(std::string_view payload) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(payload, error);
  if (error || !value.is_object()) return std::nullopt;
  const boost::json::value* viewer = value.get_object().if_contains("viewer");
  if (viewer == nullptr || !viewer->is_string() || viewer->get_string().size() != 64) return std::nullopt;
  if (!hex_decode(viewer->get_string())) return std::nullopt;
  return to_lower(viewer->get_string());
}

}  // namespace

bool Session::relay_from_device(const mqtt::Packet& packet) {
  if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) return on_publish(*publish);
  if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) return on_subscribe(*subscribe) && keep_pace(0);
  if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet))
    return on_unsubscribe(*unsubscribe) && keep_pace(0);
  if (const auto* ack = std::get_if<mqtt::PubAck>(&packet)) return is_own_ack(*ack) || to_engine(packet);
  if (std::holds_alternative<mqtt::PingReq>(packet)) return to_device(mqtt::PingResp{}) && keep_pace(0);
  if (std::holds_alternative<mqtt::Disconnect>(packet)) {
    end(End::client_disconnect, "DISCONNECT");
  } else {
    end(End::client_error, "a packet that a client may not send here");
  }
  return false;
}

bool Session::on_publish(const mqtt::Publish& publish) {
  ++shared_.counters.messages_in;
  const std::string topic = access_->full_topic(publish.topic);
  Status allowed = publish.qos > 1 ? Status(fail(Error::forbidden("QoS 2 is not supported"))) : Status();
  const auto& limits = this->limits();
  if (!limits.allow(Limit::payload_bytes, publish.payload.size()))
    allowed = fail(Error::forbidden("payload over " + std::to_string(limits[Limit::payload_bytes]) + " bytes"));
  if (allowed) allowed = access_->may_publish(topic, publish.retain);
  if (!allowed) {
    ++shared_.counters.messages_refused;
    log::warn("gateway", "publish refused",
              {{"client", who()}, {"account", account_id_}, {"topic", topic}, {"reason", allowed.error().detail}});
    end(End::forbidden, allowed.error().detail);
    return false;
  }
  if (const auto claim = access_->claim_message(topic)) return claim_by_message(publish, *claim);
  const bool is_viewer =
      access_->is_staging() && access_->thing_name() && topic == *access_->thing_name() + "/quickconnect";
  if (!is_viewer && !topic.starts_with('$')) return publish_to_engine(publish, topic);
  if (publish.qos == 1 && !to_device(mqtt::PubAck{publish.packet_id})) return false;
  if (is_viewer) {
    grant_viewer(publish);
  } else if (!ask_service(publish, topic)) {
    return false;
  }
  return keep_pace(topic.size() + publish.payload.size()) && !awaits_answer_;
}

bool Session::publish_to_engine(const mqtt::Publish& publish, const std::string& topic) {
  const std::string mapped = engine_topic(account_id_, topic);
  mqtt::Publish out = publish;
  out.topic = mapped;
  if (out.retain && !out.payload.empty()) out.retain = may_be_retained(mapped);
  return to_engine(out) && keep_pace(topic.size() + publish.payload.size());
}

/// One question at a time: until an answer that takes a while is there, the device is not read.
bool Session::ask_service(const mqtt::Publish& publish, const std::string& topic) {
  const auto account = shared_.lookup.account(account_id_);
  if (!account) {
    end(End::server, account.error().detail);
    return false;
  }
  const auto later = [self = shared_from_this()](const cloud::services::Answer& answer) {
    boost::asio::post(self->shared_.reactor, [self, answer] { self->answer_later(answer); });
  };
  const auto outcome = cloud::services::answer(shared_.services, {*account, certificate_id_, access_->thing_name()},
                                               {topic, std::string(as_text(publish.payload))}, later);
  awaits_answer_ = outcome.later;
  if (awaits_answer_) device_->pause(true);
  return !outcome.answer || answer(*outcome.answer);
}

void Session::answer_later(const cloud::services::Answer& later) {
  awaits_answer_ = false;
  if (state_ != State::open || !answer(later)) return;
  last_heard_ = std::chrono::steady_clock::now();  // we did not listen
  resume_device();
}

bool Session::answer(const cloud::services::Answer& answer) {
  const std::string& topic = answer.message.topic;
  const bool reaches =
      answer.reach == cloud::services::Reach::asker || (subscriptions_.matches(topic) && access_->may_receive(topic));
  if (!reaches) return true;
  ++shared_.counters.messages_out;
  mqtt::Publish out;
  out.topic = topic;
  out.payload = as_bytes(answer.message.payload);
  return to_device(out);
}

/// Proves control of the serial port (docs/security.md "Pages"): whoever knows the secret may look for a day.
void Session::grant_viewer(const mqtt::Publish& publish) {
  const std::string thing = *access_->thing_name();
  const auto hash = viewer_hash_of(as_text(publish.payload));
  const auto answer = [bus = &shared_.bus, account = account_id_, thing](const char* topic,
                                                                         const boost::json::object& body) {
    (void)bus->publish(account, {thing + "/quickconnect/" + topic, boost::json::serialize(body)});
  };
  if (!hash)
    return answer("rejected", {{"message", "expected {\"viewer\":\"<SHA-256 of the secret, 64 hex digits>\"}"}});
  const cloud::ViewerGrants::Grant grant{account_id_, thing, *hash, wall_now() + cloud::limits::kViewerGrantLifetime};
  shared_.store.submit([grant](cloud::Registry& registry) { return registry.viewer_grants().put(grant); },
                       [answer, url = shared_.options.public_url](Status status) {
                         if (status) return answer("accepted", {{"url", url}});
                         log::error("gateway", "viewer not granted", {{"reason", status.error().detail}});
                         answer("rejected", {{"message", "the cloud could not store the grant; try again"}});
                       });
}

/// For one more subscription; the same again takes no place.
Status Session::check_room_for(const std::string& filter) const {
  const auto& limits = this->limits();
  if (subscriptions_.filters().contains(filter)) return {};
  if (!limits.allow(Limit::subscriptions_per_connection, subscriptions_.filters().size() + 1)) {
    return fail(Error::forbidden("more than " + std::to_string(limits[Limit::subscriptions_per_connection]) +
                                 " subscriptions"));
  }
  if (shared_.accounts.has_room_for_subscription(account_id_, limits)) return {};
  return fail(Error::forbidden("the account has as many subscriptions as it may (limit account-subscriptions)"));
}

bool Session::on_subscribe(const mqtt::Subscribe& subscribe) {
  const auto& limits = this->limits();
  if (!limits.allow(Limit::filters_per_subscribe, subscribe.count)) {
    end(End::client_error,
        "more than " + std::to_string(limits[Limit::filters_per_subscribe]) + " filters in one SUBSCRIBE");
    return false;
  }
  if (subscriptions_.is_pending(subscribe.packet_id)) {
    end(End::client_error, "a packet id that is in use");
    return false;
  }
  const bool in_time = shared_.accounts.may_subscribe(account_id_, limits);
  mqtt::Subscribe out;
  out.packet_id = subscribe.packet_id;
  std::vector<std::string> mapped(subscribe.count);  // what out.filters views
  Subscriptions::Pending pending;
  for (std::size_t i = 0; i < subscribe.count; ++i) {
    const std::string written(subscribe.filters[i].filter);
    const std::string full = access_->full_topic(written);
    Status allowed = access_->may_subscribe(full);
    if (allowed) allowed = check_room_for(written);
    if (!in_time)
      allowed = fail(Error::unavailable("too many of this account in a second (limit account-subscribes-per-second)"));
    const auto filter = engine_filter(account_id_, full);
    pending.refused.push_back(!allowed || !filter);
    if (!allowed || !filter) {
      log::warn("gateway", "subscribe refused",
                {{"client", who()},
                 {"account", account_id_},
                 {"filter", full},
                 {"reason", allowed ? "not a filter" : allowed.error().detail}});
      continue;
    }
    subscriptions_.add(written, full);
    count_subscriptions();
    mapped[i] = *filter;
    out.filters[out.count++] = {mapped[i], std::min<std::uint8_t>(subscribe.filters[i].qos, 1)};
  }
  subscriptions_.await(subscribe.packet_id, std::move(pending));
  listen_for_move(subscribe);
  if (out.count > 0) return to_engine(out);
  if (move_.awaited_ack == subscribe.packet_id) move_.awaited_ack.reset();
  note_listening();
  const std::string codes = subscriptions_.merge(subscribe.packet_id, {});
  return to_device(mqtt::SubAck{subscribe.packet_id, as_bytes(codes)});
}

bool Session::on_unsubscribe(const mqtt::Unsubscribe& unsubscribe) {
  mqtt::Unsubscribe out;
  out.packet_id = unsubscribe.packet_id;
  std::vector<std::string> mapped(unsubscribe.count);
  for (std::size_t i = 0; i < unsubscribe.count; ++i) {
    const std::string written(unsubscribe.filters[i]);
    const std::string full = access_->full_topic(written);
    if (!suits_engine(full)) continue;  // nor can it have been subscribed
    subscriptions_.remove(written);
    count_subscriptions();
    if (subscriptions_.has_exact(full)) continue;  // still subscribed by its other name
    if (const auto filter = engine_filter(account_id_, full)) {
      mapped[i] = *filter;
      out.filters[out.count++] = mapped[i];
    }
  }
  note_listening();
  if (out.count > 0) return to_engine(out);
  return to_device(mqtt::UnsubAck{unsubscribe.packet_id});
}

std::size_t Session::on_engine_bytes(std::string_view bytes) {
  const Batch batch(device_);
  const auto consumed =
      take_packets(bytes, kPacketBytesMax, [this](const mqtt::Packet& packet) { return on_engine_packet(packet); });
  if (!consumed) end(End::server, "the engine sent a malformed packet");
  return consumed.value_or(bytes.size());
}

bool Session::on_engine_packet(const mqtt::Packet& packet) {
  if (state_ == State::ended) return false;
  if (const auto* answer = std::get_if<mqtt::ConnAck>(&packet)) {
    on_engine_connected(*answer);
    return state_ != State::ended;
  }
  if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) return deliver(*publish);
  if (const auto* ack = std::get_if<mqtt::SubAck>(&packet)) {
    const std::string codes = subscriptions_.merge(ack->packet_id, ack->return_codes);
    if (!to_device(mqtt::SubAck{ack->packet_id, as_bytes(codes)})) return false;
    if (move_.awaited_ack == ack->packet_id) {
      move_.awaited_ack.reset();
      note_listening();
      offer_move();
    }
    return state_ != State::ended;
  }
  if (std::holds_alternative<mqtt::PubAck>(packet) || std::holds_alternative<mqtt::UnsubAck>(packet))
    return to_device(packet);
  return true;
}

bool Session::deliver(const mqtt::Publish& publish) {
  const auto topic = account_topic(account_id_, publish.topic);
  const bool wanted = topic && access_->may_receive(*topic) && (!publish.retain || subscriptions_.has_exact(*topic));
  if (wanted) return deliver_as(publish, subscriptions_.name_for(*topic));
  return publish.qos == 0 || to_engine(mqtt::PubAck{publish.packet_id});
}

bool Session::deliver_as(const mqtt::Publish& publish, const std::string& topic) {
  ++shared_.counters.messages_out;
  if (publish.qos > 0) move_.engine_packet = publish.packet_id;
  mqtt::Publish out = publish;
  out.topic = topic;
  return to_device(out);
}

}  // namespace xl::gateway
