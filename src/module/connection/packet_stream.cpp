// SPDX-License-Identifier: Apache-2.0
#include "module/connection/packet_stream.hpp"

#include <algorithm>

namespace xl::module::connection {
namespace {

constexpr Byte kPublishType = 3;

/// The start of a PUBLISH whose end may not have arrived yet.
struct PublishHead {
  mqtt::Publish publish;
  std::size_t head_bytes = 0;   ///< through the packet id
  std::size_t total_bytes = 0;  ///< of the whole packet
};

std::size_t read_u16(ByteView bytes, std::size_t at) { return std::size_t{bytes[at]} * 256 + bytes[at + 1]; }

/// `input` starts with a header whose remaining length is complete.
std::optional<PublishHead> read_publish_head(ByteView input) {
  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0; at < input.size() && at <= 4; shift += 7) {
    length |= std::size_t{input[at] & 0x7FU} << shift;
    if ((input[at++] & 0x80U) == 0) break;
  }
  PublishHead head;
  head.total_bytes = at + length;
  head.publish.qos = static_cast<std::uint8_t>((input[0] >> 1) & 3U);
  if (input.size() < at + 2) return std::nullopt;
  const std::size_t topic_bytes = read_u16(input, at);
  const std::size_t id_bytes = head.publish.qos == 0 ? 0 : 2;
  head.head_bytes = at + 2 + topic_bytes + id_bytes;
  if (input.size() < head.head_bytes) return std::nullopt;
  head.publish.topic = as_text(input.subspan(at + 2, topic_bytes));
  if (id_bytes != 0) head.publish.packet_id = static_cast<std::uint16_t>(read_u16(input, head.head_bytes - 2));
  return head;
}

}  // namespace

void PacketStream::reset() {
  skip_bytes_ = 0;
  received_ = 0;
}

bool PacketStream::send(const mqtt::Packet& packet) {
  const auto size = mqtt::encode(packet, output_);
  return size && transport_.send(ByteView(output_).first(*size));
}

bool PacketStream::receive(ByteView bytes, Receiver& receiver) {
  while (!bytes.empty()) {
    const std::size_t skipped = std::min(skip_bytes_, bytes.size());
    skip_bytes_ -= skipped;
    bytes = bytes.subspan(skipped);
    const std::size_t taken = std::min(bytes.size(), input_.size() - received_);
    std::copy_n(bytes.data(), taken, input_.data() + received_);
    received_ += taken;
    bytes = bytes.subspan(taken);
    switch (take_packets(receiver)) {
      case Step::fault:
        return false;
      case Step::given_up:
        return true;
      default:
        if (received_ == input_.size()) return false;  // no packet that we take is that long
    }
  }
  return true;
}

std::uint16_t PacketStream::next_packet_id() {
  last_packet_id_ = static_cast<std::uint16_t>(last_packet_id_ == 0xFFFF ? 1 : last_packet_id_ + 1);
  return last_packet_id_;
}

PacketStream::Step PacketStream::take_packets(Receiver& receiver) {
  std::size_t at = 0;
  Step step = Step::consumed;
  while (step == Step::consumed && at < received_) {
    std::size_t consumed = 0;
    step = take_packet(ByteView(input_).first(received_).subspan(at), consumed, receiver);
    at += consumed;
  }
  if (step == Step::given_up) return step;  // the stream may belong to another connection by now
  std::copy(input_.begin() + static_cast<std::ptrdiff_t>(at), input_.begin() + static_cast<std::ptrdiff_t>(received_),
            input_.begin());
  received_ -= at;
  return step;
}

PacketStream::Step PacketStream::take_packet(ByteView input, std::size_t& consumed, Receiver& receiver) {
  const auto frame = mqtt::next_frame(input, input_.size());
  if (!frame) return frame.error() == mqtt::Fault::too_large ? skip_oversized(input, consumed, receiver) : Step::fault;
  if (!*frame) return Step::more_bytes_needed;
  consumed = (*frame)->size;
  const auto packet = mqtt::decode(**frame);
  if (!packet) return Step::fault;
  return receiver.on_packet(*packet) ? Step::consumed : Step::given_up;
}

PacketStream::Step PacketStream::skip_oversized(ByteView input, std::size_t& consumed, Receiver& receiver) {
  if (input[0] >> 4 != kPublishType) return Step::fault;
  const auto head = read_publish_head(input);
  if (!head) return Step::more_bytes_needed;
  if (head->head_bytes > head->total_bytes) return Step::fault;
  consumed = std::min(input.size(), head->total_bytes);
  skip_bytes_ = head->total_bytes - consumed;
  return receiver.on_oversized(head->publish) ? Step::consumed : Step::given_up;
}

}  // namespace xl::module::connection
