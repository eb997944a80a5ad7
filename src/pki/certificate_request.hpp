// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::pki {

/// A PKCS#10 request signed by `key`, wherever that is, and verified: proof that the key can be used.
/// errors: unavailable (the key did not sign; the detail is the secure element's), internal
Result<X509ReqPtr> make_request(EVP_PKEY* key, std::string_view common_name);

}  // namespace xl::pki
