// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tls_failure.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "pki/signer_key.hpp"

namespace xl::platform {
namespace {

std::string explain_verification(long result) {
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "host name does not match the server certificate";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "server certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "server certificate is not valid yet; check the clock";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return "server certificate is not signed by RootCA";
    default:
      return std::string("server certificate: ") + X509_verify_cert_error_string(result);
  }
}

bool is_certificate_alert(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

TlsFailure explain_reason(int reason) {
  switch (reason) {
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return {"server does not speak TLS 1.2 or newer", false};
    case SSL_R_WRONG_VERSION_NUMBER:
      return {"server does not speak TLS", false};
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
      return {"server does not know this Endpoint", false};
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {"server closed the connection", false};
    default:
      break;
  }
  const char* text = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason));
  const std::string words = text != nullptr ? text : "TLS error " + std::to_string(reason);
  if (is_certificate_alert(reason)) return {"server refused the module's certificate (" + words + ")", true};
  return {words, false};
}

}  // namespace

TlsFailure explain_tls_failure(long verify_result) {
  const unsigned long error = ERR_peek_last_error();
  // Before OpenSSL's own words, which only say that something has not signed.
  if (const auto key_store = pki::take_signer_failure()) return {*key_store, false};
  if (verify_result != X509_V_OK) return {explain_verification(verify_result), false};
  if (error == 0) return {"connection lost", false};
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) return explain_reason(ERR_GET_REASON(error));
  const char* text = ERR_reason_error_string(error);
  return {text != nullptr ? text : "TLS failed", false};
}

}  // namespace xl::platform
