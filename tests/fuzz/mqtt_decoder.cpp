// SPDX-License-Identifier: Apache-2.0
// MQTT packets off the wire: what is decoded encodes to the same bytes, and cuts in the stream change nothing.
#include <algorithm>
#include <vector>

#include "fuzz/fuzz.hpp"
#include "gateway/wire.hpp"

namespace xl::fuzz {
namespace {

constexpr std::size_t kInputBytesMax = 4096;
constexpr std::size_t kPacketBytesMax = 2048;
constexpr std::size_t kCutsMax = 64;

using Bytes = std::vector<Byte>;

/// A receiver as the gateway has one: keeps what is not a whole packet yet.
struct Receiver {
  Bytes buffer{};
  std::vector<std::string> packets{};
  std::optional<mqtt::Fault> fault{};

  void feed(ByteView bytes) {
    if (fault) return;
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
    const Bytes exact(buffer);  // no spare capacity behind it: a read past the end shows
    const auto consumed = gateway::take_packets(as_text(exact), kPacketBytesMax, [&](const mqtt::Packet& packet) {
      packets.push_back(gateway::encoded(packet));
      return true;
    });
    if (consumed)
      buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*consumed));
    else
      fault = consumed.error();
  }
};

Receiver received(ByteView input, std::size_t cut) {
  Receiver receiver;
  receiver.feed(input.first(cut));
  receiver.feed(input.subspan(cut));
  return receiver;
}

/// The decoder is strict, so that a packet has one form only, but for padding in its length.
void require_same_bytes(ByteView input) {
  const auto frame = mqtt::next_frame(input, kPacketBytesMax);
  if (!frame || !*frame) return;
  const auto packet = mqtt::decode(**frame);
  if (!packet) return;
  const std::string again = gateway::encoded(*packet);
  const auto second = mqtt::next_frame(as_bytes(again), kPacketBytesMax);
  require(second && *second && (*second)->size == again.size(), "what is encoded is one whole frame");
  require((*second)->header == (*frame)->header && std::ranges::equal((*second)->body, (*frame)->body),
          "what is decoded encodes to the same bytes");
  require(mqtt::decode(**second).has_value(), "what is encoded can be decoded");
  require_same_bytes(input.subspan((*frame)->size));
}

}  // namespace

void run(ByteView input) {
  input = input.first(std::min(input.size(), kInputBytesMax));
  require_same_bytes(input);
  const Receiver whole = received(input, input.size());
  const std::size_t step = 1 + input.size() / kCutsMax;
  for (std::size_t cut = 0; cut < input.size(); cut += step) {
    const Receiver parts = received(input, cut);
    require(parts.packets == whole.packets, "a cut stream holds the same packets");
    require(parts.fault == whole.fault, "a cut stream holds the same fault");
    require(whole.fault || parts.buffer == whole.buffer, "a cut stream leaves the same rest");
  }
}

}  // namespace xl::fuzz
