// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "base/result.hpp"

namespace xl::net {

struct TlsProbe {
  std::string host;
  std::uint16_t port = 0;
  std::string root_ca_pem;  ///< a bundle; empty: the system's roots
  std::chrono::seconds timeout{10};
  std::stop_token stop = {};
};

/// Begins TLS with a server and looks at its certificate, as a device would: the name, the dates, the roots. Whether
/// the server then wants a certificate of the client's is not its affair. Blocking. errors: forbidden (the certificate
/// is not to be trusted: says why), unavailable (the name does not resolve, nobody listens, or no certificate was shown
/// in time), invalid_argument (the bundle is not PEM)
Status probe_tls(const TlsProbe& probe);

}  // namespace xl::net
