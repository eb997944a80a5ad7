// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 and 1.3 settings of the HTTP server and client.
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace xl::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// errors: invalid_argument (not PEM, or the key does not belong to the certificate)
Result<TlsContext> make_server_context(const std::string& chain_pem, const std::string& key_pem);
/// What the server's certificate must come from: a file, or a bundle in memory; both empty: the system's roots.
/// errors: invalid_argument (unreadable or not PEM)
Result<TlsContext> make_client_context(const std::string& root_ca_file, const std::string& root_ca_pem = {});

}  // namespace xl::net
