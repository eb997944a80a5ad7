// SPDX-License-Identifier: Apache-2.0
#include "contract/engine_suite.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <utility>

#include "gateway/engine_socket.hpp"
#include "gateway/engines/mosquitto.hpp"
#include "gateway/topic_map.hpp"
#include "gateway/wire.hpp"

namespace xl::contract {
namespace {

using gateway::account_topic;
using gateway::engine_filter;
using gateway::engine_topic;

constexpr timeval kPatience{10, 0};
constexpr std::size_t kPacketBytesMax = 1 << 20;
constexpr std::uint16_t kPacketId = 7;  // one request at a time
constexpr std::string_view kFence = "fence/";

class Mosquitto final : public RunningEngine {
 public:
  explicit Mosquitto(std::unique_ptr<gateway::MosquittoChild> child) : child_(std::move(child)) {}
  int connect() override { return gateway::connect_engine(child_->socket_path()).descriptor; }

 private:
  std::unique_ptr<gateway::MosquittoChild> child_;
};

Engine mosquitto() {
  return {"Mosquitto", [](const std::filesystem::path& folder) -> Result<std::unique_ptr<RunningEngine>> {
            XL_TRY(auto child, gateway::start_mosquitto(folder / "engine"));
            return std::make_unique<Mosquitto>(std::move(child));
          }};
}

}  // namespace

std::optional<bool> EngineClient::connect(const mqtt::Connect& connect) {
  ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) & ~O_NONBLOCK);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const std::string id = gateway::engine_client_id(account_, connect.client_id);
  const std::string will = connect.will ? engine_topic(account_, connect.will->topic) : "";
  mqtt::Connect mapped = connect;
  mapped.client_id = id;
  if (mapped.will) mapped.will->topic = will;
  send(mapped);
  std::optional<bool> present;
  await<mqtt::ConnAck>([&present](const mqtt::ConnAck& answer) {
    if (answer.return_code == 0) present = answer.session_present;
  });
  return present;
}

std::optional<int> EngineClient::subscribe(std::string_view filter) {
  const auto mapped = engine_filter(account_, filter);
  if (!mapped) return std::nullopt;
  mqtt::Subscribe subscribe{.packet_id = kPacketId, .count = 1};
  subscribe.filters[0] = {*mapped, 1};
  send(subscribe);
  std::optional<int> code;
  await<mqtt::SubAck>([&code](const mqtt::SubAck& answer) { code = answer.return_codes[0]; });
  return code;
}

bool EngineClient::unsubscribe(std::string_view filter) {
  const std::string mapped = engine_filter(account_, filter).value_or("");
  mqtt::Unsubscribe unsubscribe{.packet_id = kPacketId, .count = 1};
  unsubscribe.filters[0] = mapped;
  send(unsubscribe);
  return await<mqtt::UnsubAck>();
}

bool EngineClient::publish(std::string_view topic, std::string_view payload, bool retain) {
  const std::string mapped = engine_topic(account_, topic);
  send(
      mqtt::Publish{.topic = mapped, .payload = as_bytes(payload), .qos = 1, .retain = retain, .packet_id = kPacketId});
  return await<mqtt::PubAck>();
}

/// What we send to ourselves comes after what was acknowledged to others before.
std::vector<std::string> EngineClient::heard() {
  const std::string topic = std::string(kFence) + std::to_string(descriptor_);
  if (!std::exchange(fenced_, true)) subscribe(topic);
  publish(topic, "end");
  while (std::ranges::find(messages_, topic + " end") == messages_.end()) {
    if (await<mqtt::Publish>()) continue;
    messages_.emplace_back("closed");
    break;
  }
  std::vector<std::string> all = std::exchange(messages_, {});
  std::erase_if(all, [](const std::string& message) { return message.starts_with(kFence); });
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> EngineClient::heard_in_time(std::size_t count) {
  std::vector<std::string> all;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kPatience.tv_sec);
  while (all.size() < count && std::chrono::steady_clock::now() < deadline)
    std::ranges::move(heard(), std::back_inserter(all));
  std::ranges::sort(all);
  return all;
}

bool EngineClient::is_closed() {
  while (receive()) {
  }
  return errno != EAGAIN && errno != EWOULDBLOCK;
}

void EngineClient::leave() {
  send(mqtt::Disconnect{});
  is_closed();
  vanish();
}

void EngineClient::vanish() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void EngineClient::send(const mqtt::Packet& packet) {
  const std::string bytes = gateway::encoded(packet);
  ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);  // whoever cares reads
}

bool EngineClient::receive() {
  std::array<char, 16 * 1024> chunk;
  errno = 0;
  const ssize_t count = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
  if (count > 0) input_.append(chunk.data(), static_cast<std::size_t>(count));
  return count > 0;
}

template <class T>
bool EngineClient::await(const std::function<void(const T&)>& see) {
  bool found = false;
  do {
    const auto consumed = gateway::take_packets(input_, kPacketBytesMax, [&](const mqtt::Packet& packet) {
      if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) keep(*publish);
      if (const auto* wanted = std::get_if<T>(&packet)) {
        see(*wanted);
        found = true;
      }
      return !found;
    });
    if (!consumed) return false;
    input_.erase(0, *consumed);
  } while (!found && receive());
  return found;
}

void EngineClient::keep(const mqtt::Publish& publish) {
  if (publish.qos > 0) send(mqtt::PubAck{publish.packet_id});
  const auto topic = account_topic(account_, publish.topic);
  messages_.push_back((publish.retain ? "retained " : "") +
                      topic.value_or("another account's " + std::string(publish.topic)) + " " +
                      std::string(as_text(publish.payload)));
}

void EngineContract::SetUp() {
  auto started = GetParam().start(folder_.path());
  ASSERT_TRUE(started) << started.error().detail;
  engine_ = *std::move(started);
}

std::unique_ptr<EngineClient> EngineContract::client_of(const std::string& account) {
  return std::make_unique<EngineClient>(engine_->connect(), account);
}

std::unique_ptr<EngineClient> EngineContract::connected(const std::string& account, std::string_view client_id) {
  auto client = client_of(account);
  EXPECT_EQ(client->connect({.client_id = client_id}), false);
  return client;
}

std::unique_ptr<EngineClient> EngineContract::lasting(const std::string& account, std::string_view client_id,
                                                      bool is_known) {
  auto client = client_of(account);
  EXPECT_EQ(client->connect({.client_id = client_id, .clean_session = false}), is_known);
  return client;
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, testing::Values(mosquitto()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace xl::contract
