// SPDX-License-Identifier: Apache-2.0
// Messages on `{ThingName}/expresslink_config`, from the wire to the storage. Another parser says what they ask for; a
// module moves for nothing else, wholly or not at all, acknowledges what is stored, and does nothing twice.
//
// An input is messages with a line `--` between them. The first line of each is letters: 1 QoS 1, r retained, o another
// topic, f the storage refuses, w the rest is no payload but bytes for the wire. The rest is the payload.
#include <boost/json.hpp>

#include "fuzz/fuzz.hpp"
#include "module/onboarding/host_name.hpp"
#include "mqtt/utf8.hpp"
#include "platform/sim/bench.hpp"

namespace xl::fuzz {
namespace {

namespace json = boost::json;
using platform::sim::Bench;

constexpr std::size_t kMessagesMax = 6;
constexpr std::size_t kDepth = 16;

struct Message {
  bool is_qos_1, is_retained, is_elsewhere, is_refused, is_raw;
  std::string payload;
};

Message message_of(std::string_view part) {
  const std::string_view letters = take_part(part);
  const auto has = [letters](char letter) { return letters.find(letter) != std::string_view::npos; };
  return {has('1'), has('r'), has('o'), has('f'), has('w'), std::string(part)};
}

/// Boost takes neither bad UTF-8 nor lone surrogates, which our reader lets pass in what it ignores.
bool is_comparable(const std::string& payload) {
  return mqtt::is_utf8_string(payload) && payload.find("\\u") == std::string::npos;
}

/// The value of the member "Endpoint", if that is a host name; it may stand there more than once.
std::optional<std::string> wanted(const std::string& payload) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kDepth;
  const json::value value = json::parse(payload, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  const auto* endpoint = value.get_object().if_contains("Endpoint");
  if (endpoint == nullptr || !endpoint->is_string()) return std::nullopt;
  const std::string name(endpoint->get_string());
  return module::onboarding::is_host_name(name) ? std::optional(name) : std::nullopt;
}

bool is_written_once(const std::string& payload) {
  const auto first = payload.find("\"Endpoint\"");
  return first != std::string::npos && payload.find("\"Endpoint\"", first + 1) == std::string::npos;
}

std::string endpoint_of(Bench& bench) { return bench.command("AT+CONF? Endpoint").substr(3); }
bool is_connected(Bench& bench) { return bench.command("AT+CONNECT?").starts_with("OK 1"); }

void connect(Bench& bench) {
  if (is_connected(bench)) return;
  bench.advance(std::chrono::minutes(3));  // whatever the back-off was
  bench.connect();
  require(is_connected(bench), "the module connects again");
}

void send(Bench& bench, const Message& message) {
  bench.broker.acknowledged.clear();
  if (message.is_raw) {
    bench.broker.send_raw(message.payload);
  } else {
    const std::string topic = std::string(platform::sim::kThingName) + "/expresslink_config";
    bench.broker.publish(message.is_elsewhere ? "other/topic" : topic, message.payload, message.is_qos_1 ? 1 : 0,
                         message.is_retained);
  }
  bench.settle();
}

/// A move that took place: was it asked for, and is it whole?
void require_rightful(Bench& bench, const Message& message, const std::string& before, bool was_onboarded) {
  const auto& stored = bench.storage.values;
  require(stored.size() == 1 && stored.contains("Endpoint"), "nothing but the Endpoint is stored");
  const std::string now = stored.at("Endpoint");
  require(!was_onboarded, "only a staged module is told its Endpoint");
  require(!module::onboarding::is_same_host(now, before), "a move is to another host");
  require(module::onboarding::is_host_name(now), "an Endpoint is a host name");
  require(endpoint_of(bench) == now, "what is stored is what is used");
  require(!is_connected(bench), "who moves leaves");
  if (message.is_raw) return;
  require(!message.is_retained && !message.is_elsewhere, "an old or another's message moves nobody");
  if (is_comparable(message.payload)) require(wanted(message.payload) == now, "another parser reads the same Endpoint");
  if (message.is_qos_1) require(bench.broker.acknowledged.size() == 1, "what is stored is acknowledged");
}

/// Nothing was stored: was there nothing to do?
void require_idle(Bench& bench, const Message& message, const std::string& before, bool was_onboarded, bool asked) {
  require(endpoint_of(bench) == before, "nothing is used that is not stored");
  if (message.is_raw) return;
  if (asked) {
    require(bench.broker.acknowledged.empty(), "what is not stored is not acknowledged");
    return;
  }
  if (message.is_qos_1) require(bench.broker.acknowledged.size() == 1, "what asks for nothing is acknowledged");
  const bool may_move = !was_onboarded && !message.is_retained && !message.is_elsewhere &&
                        message.payload.size() <= module::kPayloadBytesMax;
  if (!may_move || !is_comparable(message.payload) || !is_written_once(message.payload)) return;
  const auto name = wanted(message.payload);
  require(!name || module::onboarding::is_same_host(*name, before), "a valid message moves a staged module");
}

void deliver(Bench& bench, const Message& message) {
  connect(bench);
  const auto stored = bench.storage.values;
  const std::string before = endpoint_of(bench);
  const bool was_onboarded = bench.command("AT+CONNECT?").ends_with("CUSTOMER");
  bool asked = false;  // the storage, for a change that it refused
  bench.storage.on_change = [&] {
    asked = message.is_refused;
    return !message.is_refused;
  };
  send(bench, message);
  bench.storage.on_change = nullptr;
  if (bench.storage.values != stored) {
    require_rightful(bench, message, before, was_onboarded);
  } else {
    require_idle(bench, message, before, was_onboarded, asked);
  }
}

}  // namespace

void run(ByteView input) {
  Bench bench;
  std::string_view rest = as_text(input);
  for (std::size_t count = 0; count < kMessagesMax && !rest.empty(); ++count) {
    const Message message = message_of(take_part(rest, "\n--\n"));
    bench.power_cycle();  // half a packet of the message before is gone with its connection
    deliver(bench, message);
    const std::string endpoint = endpoint_of(bench);
    bench.power_cycle();
    require(endpoint_of(bench) == endpoint, "a power cut changes nothing");
    if (message.is_refused) continue;
    const auto stored = bench.storage.values;
    deliver(bench, message);
    require(bench.storage.values == stored, "a message that comes twice does nothing twice");
  }
  require(bench.command("AT") == "OK", "the module lives");
}

}  // namespace xl::fuzz
