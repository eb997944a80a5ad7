// SPDX-License-Identifier: Apache-2.0
// What a datasheet would publish, and the sizes behind it.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "at/limits.hpp"

namespace xl::module {

using namespace std::chrono_literals;

/// What memory decides. Two models: the one on a computer, and one that fits into a microcontroller's 33 KiB.
struct Sizes {
  std::size_t state_bytes;          ///< the whole module
  std::size_t events;               ///< MaxEvent. source: guide 7.1.1.1
  std::size_t event_detail_bytes;   ///< what is longer is cut off
  std::size_t message_arena_bytes;  ///< topics and payloads waiting for GET, together
  std::size_t payload_bytes;        ///< of one message, in either direction
  std::size_t root_ca_bytes;        ///< RootCA, perhaps a bundle
  std::size_t signer_bytes;         ///< OTAcertificate and HOTAcertificate
  std::size_t held_input_bytes;     ///< sent by the host while a command runs
};
inline constexpr Sizes kComputer{.state_bytes = 120 * 1024,
                                 .events = 32,
                                 .event_detail_bytes = 256,
                                 .message_arena_bytes = 32 * 1024,
                                 .payload_bytes = at::kCommandBytesMax,
                                 .root_ca_bytes = 8 * 1024,
                                 .signer_bytes = 4 * 1024,
                                 .held_input_bytes = at::kCommandBytesMax + 1024};
inline constexpr Sizes kMicrocontroller{.state_bytes = at::kCommandBytesMax + 23 * 1024,
                                        .events = 16,
                                        .event_detail_bytes = 96,
                                        .message_arena_bytes = 3 * 1024,
                                        .payload_bytes = 2 * 1024,
                                        .root_ca_bytes = 2 * 1024,
                                        .signer_bytes = 1536,
                                        .held_input_bytes = 512};
#ifdef XL_MODULE_ON_MICROCONTROLLER
inline constexpr Sizes kSizes = kMicrocontroller;
#else
inline constexpr Sizes kSizes = kComputer;
#endif

inline constexpr unsigned kTopicsMax = 16;          ///< MaxTopic. source: guide 5.1.1
inline constexpr unsigned kShadowsMax = 4;          ///< MaxShadow. source: guide table 3
inline constexpr std::size_t kTopicBytesMax = 256;  ///< AWS IoT's limit
inline constexpr std::size_t kEventsMax = kSizes.events;
inline constexpr std::size_t kMessagesMax = 64;  ///< messages waiting for GET. source: guide 5.1.6.6
inline constexpr std::size_t kMessageArenaBytes = kSizes.message_arena_bytes;
inline constexpr std::size_t kPayloadBytesMax = kSizes.payload_bytes;
inline constexpr std::size_t kPacketBytesMax =
    kPayloadBytesMax + kTopicBytesMax + 256;                         ///< one MQTT packet in either direction
inline constexpr std::size_t kEntryBytesMax = kSizes.root_ca_bytes;  ///< a certificate typed in line by line
inline constexpr std::size_t kHeldInputBytes = kSizes.held_input_bytes;
inline constexpr std::size_t kImageBlockBytes = 2 * 1024;           ///< of OTW, unless the host names another size
inline constexpr std::uint32_t kImageBytesMax = 128 * 1024 * 1024;  ///< a size that OTW may name

inline constexpr std::uint32_t kSleepSecondsMax = 365 * 24 * 60 * 60;  ///< a year. source: guide 4.7.4.1

inline constexpr auto kEntryTimeout = 120s;  ///< an unfinished certificate. source: guide 4.6.2 (MaxExec)

// The steps of CONNECT add up to less than 120 s (guide 4.6.2).
inline constexpr auto kLinkTimeout = 40s;
inline constexpr auto kTransportTimeout = 40s;
inline constexpr auto kLoginTimeout = 20s;
inline constexpr auto kRegisterTimeout = 15s;
inline constexpr auto kAcknowledgeTimeout = 60s;      ///< PUBACK of a SEND with QoS 1
inline constexpr auto kLinkPoll = 100ms;              ///< while joining
inline constexpr auto kLinkWatch = 1s;                ///< while connected
inline constexpr auto kImageTimeout = 30s;            ///< OTW: nothing comes any more
inline constexpr auto kPingLimit = 10s;               ///< DIAG PING, once there is a network
inline constexpr std::uint32_t kScanSecondsMax = 60;  ///< DIAG SCAN
inline constexpr auto kScanGrace = 5s;                ///< for a radio that does not end its scan in time
inline constexpr auto kKeepAlive = 60s;
inline constexpr auto kPingTimeout = 20s;
inline constexpr auto kBackoffFirst = 1s;
inline constexpr auto kBackoffLast = 120s;

}  // namespace xl::module
