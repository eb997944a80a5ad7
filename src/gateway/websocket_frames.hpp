// SPDX-License-Identifier: Apache-2.0
// WebSocket frames (RFC 6455 5), the server's side, for MQTT: what the frames carry is one stream of bytes, whatever
// their borders (MQTT 3.1.1 6). Pure: no sockets; nothing is kept but the head of a frame and a control frame's
// content.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace xl::gateway::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// source: RFC 6455 7.4.1
enum class CloseCode : std::uint16_t { normal = 1000, protocol_error = 1002, unsupported_data = 1003 };

class FrameReader {
 public:
  struct Sink {
    std::function<void(std::string_view bytes)> on_data;  ///< a piece of the stream, unmasked
    std::function<void(std::string_view payload)> on_ping;
    std::function<void()> on_close;  ///< what comes after it is ignored
  };
  /// Takes everything; nullopt, or what the connection must be closed with. Not to be fed again after that.
  std::optional<CloseCode> feed(std::string_view bytes, const Sink& sink);

 private:
  std::optional<CloseCode> take_head(std::string_view& bytes);
  std::optional<CloseCode> check_first_bytes() const;
  std::size_t head_size() const;
  void take_payload(std::string_view& bytes, const Sink& sink);
  void finish_frame(const Sink& sink);
  bool is_control() const { return static_cast<std::uint8_t>(opcode()) >= 8; }
  Opcode opcode() const { return static_cast<Opcode>(head_[0] & 15U); }

  std::array<std::uint8_t, 14> head_{};
  std::size_t head_bytes_ = 0;
  bool in_payload_ = false;
  std::uint64_t left_ = 0;  ///< of the payload
  std::uint64_t done_ = 0;
  bool in_message_ = false;  ///< a message was begun and goes on in continuation frames
  bool closed_ = false;
  std::string control_;
};

/// An unfragmented frame of the server: unmasked.
std::string frame(Opcode opcode, std::string_view payload);
std::string close_frame(CloseCode code);

}  // namespace xl::gateway::websocket
