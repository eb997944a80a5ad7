// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/ssl.h>

#include <cstdint>
#include <string>

namespace xl::storm {

/// "CONNACK 5 (not authorized)"; source: MQTT 3.1.1 table 3.1
std::string connack_text(std::uint8_t code);

/// Why a TLS call ended a connection: what we do not trust, the alert the server sent, or that it just closed. `error`
/// is SSL_get_error's; `stage` is where it happened ("in the TLS handshake").
std::string refusal_text(SSL* ssl, int error, int system_error, const char* stage);

}  // namespace xl::storm
