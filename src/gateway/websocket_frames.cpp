// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket_frames.hpp"

#include <algorithm>
#include <utility>

namespace xl::gateway::websocket {
namespace {

constexpr std::uint8_t kFinal = 0x80, kReserved = 0x70, kMasked = 0x80;
constexpr std::uint8_t kLength16 = 126, kLength64 = 127;
constexpr std::size_t kControlBytesMax = 125;

}  // namespace

std::optional<CloseCode> FrameReader::feed(std::string_view bytes, const Sink& sink) {
  while (!closed_ && (!bytes.empty() || (in_payload_ && left_ == 0))) {
    if (in_payload_) {
      take_payload(bytes, sink);
    } else if (const auto fault = take_head(bytes)) {
      return fault;
    }
  }
  return std::nullopt;
}

std::size_t FrameReader::head_size() const {
  if (head_bytes_ < 2) return 2;
  const std::uint8_t length = head_[1] & 127U;
  return 2 + (length == kLength16 ? 2U : length == kLength64 ? 8U : 0U) + 4;
}

/// As soon as the two bytes that say it are there: a frame that must be refused is not waited for.
std::optional<CloseCode> FrameReader::check_first_bytes() const {
  const bool is_final = (head_[0] & kFinal) != 0, is_masked = (head_[1] & kMasked) != 0;
  if ((head_[0] & kReserved) != 0 || !is_masked) return CloseCode::protocol_error;
  switch (opcode()) {
    case Opcode::text:
      return CloseCode::unsupported_data;  // MQTT 3.1.1 6.0: binary frames only
    case Opcode::binary:
      return in_message_ ? std::optional(CloseCode::protocol_error) : std::nullopt;
    case Opcode::continuation:
      return in_message_ ? std::nullopt : std::optional(CloseCode::protocol_error);
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong: {
      const bool fits = is_final && (head_[1] & 127U) <= kControlBytesMax;
      return fits ? std::nullopt : std::optional(CloseCode::protocol_error);
    }
  }
  return CloseCode::protocol_error;
}

std::optional<CloseCode> FrameReader::take_head(std::string_view& bytes) {
  while (head_bytes_ < head_size() && !bytes.empty()) {
    head_[head_bytes_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (head_bytes_ != 2) continue;
    if (const auto fault = check_first_bytes()) return fault;
  }
  if (head_bytes_ < head_size()) return std::nullopt;
  const std::size_t length_bytes = head_size() - 6;
  left_ = length_bytes == 0 ? head_[1] & 127U : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) left_ = left_ << 8 | head_[2 + i];
  // RFC 6455 5.2: the shortest form, and the highest bit is zero.
  const std::uint64_t least = length_bytes == 8 ? 65'536 : length_bytes == 2 ? 126 : 0;
  if (left_ < least || left_ >> 63 != 0) return CloseCode::protocol_error;
  in_payload_ = true;
  done_ = 0;
  return std::nullopt;
}

void FrameReader::take_payload(std::string_view& bytes, const Sink& sink) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  std::string piece(bytes.substr(0, count));
  bytes.remove_prefix(count);
  const std::uint8_t* mask = head_.data() + head_size() - 4;
  for (char& c : piece) c = static_cast<char>(static_cast<std::uint8_t>(c) ^ mask[done_++ % 4]);
  left_ -= count;
  if (is_control()) {
    control_ += piece;
  } else if (!piece.empty()) {
    sink.on_data(piece);
  }
  if (left_ == 0) finish_frame(sink);
}

void FrameReader::finish_frame(const Sink& sink) {
  const Opcode kind = opcode();
  const bool is_final = (head_[0] & kFinal) != 0;
  in_payload_ = false;
  head_bytes_ = 0;
  if (!is_control()) {
    in_message_ = !is_final;
    return;
  }
  const std::string content = std::exchange(control_, {});
  if (kind == Opcode::close) {
    closed_ = true;
    sink.on_close();
  } else if (kind == Opcode::ping) {
    sink.on_ping(content);
  }
}

std::string frame(Opcode opcode, std::string_view payload) {
  std::string out;
  out.reserve(payload.size() + 10);
  out += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  const std::size_t size = payload.size();
  const std::size_t length_bytes = size < kLength16 ? 0 : size <= 0xffff ? 2 : 8;
  out += static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? kLength16 : kLength64);
  for (std::size_t i = length_bytes; i-- > 0;) out += static_cast<char>(size >> (8 * i) & 255U);
  return out.append(payload);
}

std::string close_frame(CloseCode code) {
  const auto number = static_cast<std::uint16_t>(code);
  return frame(Opcode::close, std::string{static_cast<char>(number >> 8), static_cast<char>(number & 255U)});
}

}  // namespace xl::gateway::websocket
