// SPDX-License-Identifier: Apache-2.0
// The fixed header. source: MQTT 3.1.1 2.2
#include "mqtt/packet.hpp"

namespace xl::mqtt {
namespace {

constexpr std::size_t kLengthBytesMax = 4;

struct RemainingLength {
  std::size_t value = 0;
  std::size_t encoded_bytes = 0;
};

/// nullopt: the length itself is not all there yet. Padded forms ("80 00" for 0) are read: only MQTT 5 forbids them.
tl::expected<std::optional<RemainingLength>, Fault> read_length(ByteView after_header) {
  RemainingLength length;
  for (const Byte byte : after_header) {
    length.value |= std::size_t{byte & 0x7Fu} << (7 * length.encoded_bytes);
    ++length.encoded_bytes;
    if ((byte & 0x80) == 0) return length;
    if (length.encoded_bytes == kLengthBytesMax) return tl::make_unexpected(Fault::malformed);
  }
  return std::nullopt;
}

}  // namespace

tl::expected<std::optional<Frame>, Fault> next_frame(ByteView input, std::size_t packet_bytes_max) {
  if (input.empty()) return std::nullopt;
  const auto length = read_length(input.subspan(1));
  if (!length) return tl::make_unexpected(length.error());
  if (!*length) return std::nullopt;
  const std::size_t header_bytes = 1 + (*length)->encoded_bytes;
  const std::size_t size = header_bytes + (*length)->value;
  if (size > packet_bytes_max) return tl::make_unexpected(Fault::too_large);
  if (input.size() < size) return std::nullopt;
  return Frame{input[0], input.subspan(header_bytes, (*length)->value), size};
}

}  // namespace xl::mqtt
