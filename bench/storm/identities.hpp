// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "options.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::storm {

using SessionPtr = std::unique_ptr<SSL_SESSION, pki::OpenSslFree<SSL_SESSION_free>>;

struct Identity {
  std::string thing_name, endpoint;
  pki::X509Ptr certificate;
  pki::PkeyPtr key;
  X509* issuer = nullptr;  ///< owned by Fleetwide; most of a batch share one
};

/// What all modules of a run share: one TLS context, the parsed identities, the address.
struct Fleetwide {
  pki::SslCtxPtr context;
  std::vector<pki::X509Ptr> issuers;
  std::vector<Identity> identities;
  std::string address_text;
};

/// errors: not_found (no or too few identities), invalid_argument (a file that cannot be read)
Result<Fleetwide> load(const Options& options);

}  // namespace xl::storm
