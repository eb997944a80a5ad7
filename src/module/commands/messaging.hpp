// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"
#include "module/limits.hpp"

namespace xl::module::commands {

Reply send_message(Core&, const Arguments&);
Reply get_message(Core&, const Arguments&);
Reply subscribe(Core&, const Arguments&);
Reply unsubscribe(Core&, const Arguments&);

/// AT+SEND# message: publishes to Topic# with the key QoS; with QoS 1 the reply waits for the broker's acknowledgement.
/// errors: 4 (no message, a topic nobody can publish to), 6, 7, 8
/// source: guide 5.1.3
inline constexpr CommandSpec kSend{.name = "SEND",
                                   .suffix = Suffix::required,
                                   .suffix_min = 1,
                                   .suffix_max = kTopicsMax,
                                   .argument = Argument::required,
                                   .run = &send_message};

/// AT+GET, AT+GET0, AT+GET#: the next message of any topic, of none in the list, of Topic#.
/// errors: 7, 8
/// source: guide 5.1.4, 5.1.5, 5.1.6
inline constexpr CommandSpec kGet{
    .name = "GET", .suffix = Suffix::optional, .suffix_min = 0, .suffix_max = kTopicsMax, .run = &get_message};

/// AT+SUBSCRIBE#: asks the broker for Topic#; SUBACK or SUBNACK follows as an event.
/// errors: 4 (not a topic filter), 6, 7, 8
/// source: guide 5.1.7
inline constexpr CommandSpec kSubscribe{
    .name = "SUBSCRIBE", .suffix = Suffix::required, .suffix_min = 1, .suffix_max = kTopicsMax, .run = &subscribe};

/// AT+UNSUBSCRIBE#
/// errors: 4 (not a topic filter), 6, 7, 8
/// source: guide 5.1.8
inline constexpr CommandSpec kUnsubscribe{
    .name = "UNSUBSCRIBE", .suffix = Suffix::required, .suffix_min = 1, .suffix_max = kTopicsMax, .run = &unsubscribe};

}  // namespace xl::module::commands
