// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"

namespace xl::module::commands {

Reply connect(Core&, const Arguments&);
Reply connect_without_waiting(Core&, const Arguments&);
Reply connection_status(Core&, const Arguments&);
Reply disconnect(Core&, const Arguments&);

/// AT+CONNECT: opens the session with the configured Endpoint; the reply comes when that has worked or failed.
/// errors: 14 with a hint, 25 (CONNECT! or CONFMODE under way)
/// source: guide 4.7.2
inline constexpr CommandSpec kConnect{.name = "CONNECT", .allowed_in = States::all_but_connecting, .run = &connect};

/// AT+CONNECT!: the same, answered at once; the CONNECT event brings the hint, 0 for success.
/// errors: 25 (one or CONFMODE is under way)
/// source: guide 4.7.8
inline constexpr CommandSpec kConnectAsync{
    .name = "CONNECT!", .allowed_in = States::all_but_connecting, .run = &connect_without_waiting};

/// AT+CONNECT?: connected or not, staging or customer account.
/// source: guide 4.7.1
inline constexpr CommandSpec kConnectQuery{.name = "CONNECT?", .run = &connection_status};

/// AT+DISCONNECT: ends the session; CONLOST follows if there was one.
/// errors: 25 (CONNECT! under way)
/// source: guide 4.7.3
inline constexpr CommandSpec kDisconnect{
    .name = "DISCONNECT", .allowed_in = States::all_but_connecting, .run = &disconnect};

}  // namespace xl::module::commands
