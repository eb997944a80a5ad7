// SPDX-License-Identifier: Apache-2.0
#include "gateway/retained_messages.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "crypto/random.hpp"
#include "gateway/engine_socket.hpp"
#include "gateway/topic_map.hpp"
#include "gateway/wire.hpp"
#include "mqtt/topic.hpp"

namespace xl::gateway {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAnswerWithin{5};
constexpr std::size_t kPacketBytesMax = 256 * 1024;
/// In one SUBSCRIBE: of the longest messages these are half of what the engine keeps for a client (4 MiB), and what it
/// cannot keep it drops.
constexpr std::size_t kTopicsAtOnce = 16;

Error silent_engine() { return Error::unavailable("the MQTT engine cannot be reached at the moment"); }

/// A short-lived client of the engine; every step fails once the time is up.
class Visit {
 public:
  explicit Visit(int descriptor) : descriptor_(descriptor) {}
  ~Visit() { ::close(descriptor_); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  Status send(const mqtt::Packet& packet) {
    const std::string bytes = encoded(packet);
    for (std::string_view left = bytes; !left.empty();) {
      XL_CHECK(wait_for(POLLOUT));
      const ssize_t sent = ::send(descriptor_, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) return fail(silent_engine());
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  /// Until `take` has seen the packet it waits for and says so.
  Status receive(const std::function<bool(const mqtt::Packet&)>& take) {
    for (bool found = false;;) {
      const auto consumed = take_packets(input_, kPacketBytesMax, [&](const mqtt::Packet& packet) {
        found = take(packet);
        return !found;
      });
      if (!consumed) return fail(silent_engine());
      input_.erase(0, *consumed);
      if (found) return {};
      XL_CHECK(read());
    }
  }

 private:
  Status read() {
    std::array<char, 16384> part;
    XL_CHECK(wait_for(POLLIN));
    const ssize_t count = ::recv(descriptor_, part.data(), part.size(), 0);
    if (count <= 0) return fail(silent_engine());
    input_.append(part.data(), static_cast<std::size_t>(count));
    return {};
  }

  Status wait_for(short event) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now()).count();
    pollfd ready{descriptor_, event, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) != 1) return fail(silent_engine());
    return {};
  }

  const int descriptor_;
  const Clock::time_point until_ = Clock::now() + kAnswerWithin;
  std::string input_;
};

template <class T>
bool is(const mqtt::Packet& packet) {
  return std::holds_alternative<T>(packet);
}

/// The engine sends what it has retained before it answers a PINGREQ that comes after the SUBSCRIBE. All of it is
/// acknowledged: what is not stands in the way of more.
Status hear(Visit& visit, std::string_view account_id, std::span<const std::string> topics,
            std::vector<cloud::Message>& heard) {
  std::vector<std::string> filters;
  for (const std::string& topic : topics) filters.push_back(engine_topic(account_id, topic));
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 1;
  for (const std::string& filter : filters) subscribe.filters[subscribe.count++] = {filter, 1};
  XL_CHECK(visit.send(subscribe));
  XL_CHECK(visit.send(mqtt::PingReq{}));
  std::vector<std::uint16_t> to_acknowledge;
  XL_CHECK(visit.receive([&](const mqtt::Packet& packet) {
    if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
      if (publish->qos > 0) to_acknowledge.push_back(publish->packet_id);
      if (const auto topic = account_topic(account_id, publish->topic); topic && publish->retain)
        heard.push_back({*topic, std::string(as_text(publish->payload)), publish->qos, true});
    }
    return is<mqtt::PingResp>(packet);
  }));
  for (const std::uint16_t id : to_acknowledge) XL_CHECK(visit.send(mqtt::PubAck{id}));
  return {};
}

/// A wildcard would be another question, and a reserved topic keeps nothing.
Status check_topic(const std::string& topic) {
  if (mqtt::is_topic_name(topic) && suits_engine(topic) && !topic.starts_with('$')) return {};
  return fail(Error::invalid("\"" + topic + "\" is not a topic on which a message can be retained"));
}

class EngineMessages final : public cloud::RetainedMessages {
 public:
  explicit EngineMessages(std::filesystem::path engine_socket) : engine_socket_(std::move(engine_socket)) {}

  Result<std::vector<cloud::Message>> on(std::string_view account_id,
                                         const std::vector<std::string>& topics) const override {
    for (const std::string& topic : topics) XL_CHECK(check_topic(topic));
    std::vector<cloud::Message> heard;
    if (topics.empty()) return heard;
    const EngineSocket engine = connect_engine(engine_socket_);
    if (engine.outcome != ConnectOutcome::connected) return fail(silent_engine());
    Visit visit(engine.descriptor);
    // A device's client id begins with its account's number there.
    const std::string client_id = "retained/" + crypto::random_hex(8);
    XL_CHECK(visit.send(mqtt::Connect{.client_id = client_id, .clean_session = true, .keep_alive_seconds = 60}));
    XL_CHECK(visit.receive(&is<mqtt::ConnAck>));
    for (std::size_t first = 0; first < topics.size(); first += kTopicsAtOnce) {
      const auto some = std::span(topics).subspan(first, std::min(kTopicsAtOnce, topics.size() - first));
      XL_CHECK(hear(visit, account_id, some, heard));
    }
    XL_CHECK(visit.send(mqtt::Disconnect{}));
    return heard;
  }

 private:
  const std::filesystem::path engine_socket_;
};

}  // namespace

std::shared_ptr<const cloud::RetainedMessages> retained_messages_of(const std::filesystem::path& engine_socket) {
  return std::make_shared<EngineMessages>(engine_socket);
}

}  // namespace xl::gateway
