// SPDX-License-Identifier: Apache-2.0
// What a datasheet would publish, and the sizes behind it.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "at/limits.hpp"

namespace xl::module {

using namespace std::chrono_literals;

inline constexpr unsigned kTopicsMax = 16;                    ///< MaxTopic. source: guide 5.1.1
inline constexpr unsigned kShadowsMax = 4;                    ///< MaxShadow. source: guide table 3
inline constexpr std::size_t kTopicBytesMax = 256;            ///< AWS IoT's limit
inline constexpr std::size_t kEventsMax = 32;                 ///< MaxEvent. source: guide 7.1.1.1
inline constexpr std::size_t kMessagesMax = 64;               ///< messages waiting for GET. source: guide 5.1.6.6
inline constexpr std::size_t kMessageArenaBytes = 32 * 1024;  ///< their topics and payloads together
inline constexpr std::size_t kPayloadBytesMax = at::kCommandBytesMax;        ///< a message as long as a command can be
inline constexpr std::size_t kPacketBytesMax = kPayloadBytesMax + 1024;      ///< one MQTT packet in either direction
inline constexpr std::size_t kEntryBytesMax = 8 * 1024;                      ///< a certificate typed in line by line
inline constexpr std::size_t kHeldInputBytes = at::kCommandBytesMax + 1024;  ///< sent by the host while a command runs

inline constexpr std::uint32_t kSleepSecondsMax = 365 * 24 * 60 * 60;  ///< a year. source: guide 4.7.4.1

inline constexpr auto kEntryTimeout = 120s;  ///< an unfinished certificate. source: guide 4.6.2 (MaxExec)

// The steps of CONNECT add up to less than 120 s (guide 4.6.2).
inline constexpr auto kLinkTimeout = 40s;
inline constexpr auto kTransportTimeout = 40s;
inline constexpr auto kLoginTimeout = 20s;
inline constexpr auto kRegisterTimeout = 15s;
inline constexpr auto kAcknowledgeTimeout = 60s;  ///< PUBACK of a SEND with QoS 1
inline constexpr auto kLinkPoll = 100ms;          ///< while joining
inline constexpr auto kLinkWatch = 1s;            ///< while connected
inline constexpr auto kKeepAlive = 60s;
inline constexpr auto kPingTimeout = 20s;
inline constexpr auto kBackoffFirst = 1s;
inline constexpr auto kBackoffLast = 120s;

}  // namespace xl::module
