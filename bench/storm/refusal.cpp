// SPDX-License-Identifier: Apache-2.0
#include "refusal.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace xl::storm {
namespace {

constexpr std::array<const char*, 6> kConnackNames{
    "accepted twice",     "unacceptable protocol version", "identifier rejected",
    "server unavailable", "bad user name or password",     "not authorized"};

}  // namespace

std::string connack_text(std::uint8_t code) {
  return "CONNACK " + std::to_string(code) + " (" + (code < kConnackNames.size() ? kConnackNames[code] : "unknown") +
         ")";
}

std::string refusal_text(SSL* ssl, int error, int system_error, const char* stage) {
  const std::string where = std::string(" ") + stage;
  const unsigned long code = error == SSL_ERROR_SSL ? ERR_get_error() : 0;
  const int reason = ERR_GET_REASON(code);
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
    return std::string("server not trusted: ") + X509_verify_cert_error_string(SSL_get_verify_result(ssl));
  if (code != 0 && reason > SSL_AD_REASON_OFFSET) {
    const int alert = reason - SSL_AD_REASON_OFFSET;
    return "TLS alert " + std::to_string(alert) + " (" + SSL_alert_desc_string_long(alert) + ")" + where;
  }
  if (code != 0 && reason != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    const char* text = ERR_reason_error_string(code);
    return std::string("TLS: ") + (text != nullptr ? text : "unknown error") + where;
  }
  const bool has_errno = error == SSL_ERROR_SYSCALL && system_error != 0 && system_error != ECONNRESET;
  if (has_errno) return std::strerror(system_error) + where;
  return "closed by the server" + where;
}

}  // namespace xl::storm
