// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/evp.h>

#include <string>

namespace xl::keystore::test {

/// A TLS client that authenticates itself with `key` against a server that insists on it, in memory. Empty when the
/// server has seen proof of the key; else what went wrong. `version` is TLS1_2_VERSION or TLS1_3_VERSION.
std::string handshake_failure(EVP_PKEY* key, int version);

}  // namespace xl::keystore::test
