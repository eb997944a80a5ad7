// SPDX-License-Identifier: Apache-2.0
// OpenSSL 3.0 looks through every decoder of its provider each time it reads a public key: 90 us, more than verifying a
// signature. This context's only provider lists no more than a TLS server needs, and the search is short.
#pragma once
#include <openssl/types.h>

namespace xl::crypto {

/// The default provider's own implementations: EC, RSA and X25519 keys, the ciphers, digests, KDFs and MACs of TLS.
/// Made once, for the life of the process; null (OpenSSL's own default context) should OpenSSL refuse to make it.
OSSL_LIB_CTX* lean_library();

/// The same without keys: a certificate read in it has none (X509_get0_pubkey() is null), which saves most of the work.
OSSL_LIB_CTX* keyless_library();

}  // namespace xl::crypto
