// SPDX-License-Identifier: Apache-2.0
// TLS of the device gateway (docs/security.md "Accounts and TLS").
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "gateway/tickets.hpp"
#include "pki/certificate.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::gateway {

/// The account id that an SNI host name belongs to, nullopt for a name that is nobody's endpoint.
using AccountOfName = std::function<std::optional<std::string>(const std::string& host_name)>;

class TlsContext {
 public:
  /// errors: invalid_argument (certificate or key). The callback must outlive every connection.
  static Result<TlsContext> make(const std::string& certificate_chain_pem, const std::string& private_key_pem,
                                 AccountOfName account_of_name, const TicketKeys::Seed& ticket_seed);
  /// A connection that waits for its ClientHello.
  pki::SslPtr accept(int descriptor) const;

 private:
  std::shared_ptr<AccountOfName> account_of_name_;
  std::unique_ptr<TicketKeys> ticket_keys_;
  pki::SslCtxPtr context_;
};

/// The account chosen by SNI; empty before the ClientHello has come, and without TLS.
const std::string& account_of(const SSL* ssl);
/// SHA-256 of the client's certificate, hex; empty without one.
std::string peer_fingerprint(const SSL* ssl);
std::string fingerprint_of(const X509* certificate);  ///< the same; empty for null
Result<pki::Certificate> peer_certificate(const SSL* ssl);

}  // namespace xl::gateway
