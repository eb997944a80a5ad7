// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace xl::platform {

struct TlsFailure {
  std::string reason;                ///< short, for a person who sees it behind ERR14
  bool certificate_refused = false;  ///< the server's alert says that it did not like our certificate
};

/// Reads and clears the thread's OpenSSL error queue. `verify_result` is SSL_get_verify_result(), or X509_V_OK when
/// the server's certificate is not in question any more.
TlsFailure explain_tls_failure(long verify_result);

}  // namespace xl::platform
