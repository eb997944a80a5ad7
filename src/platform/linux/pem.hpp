// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pki/certificate.hpp"

namespace xl::platform {

/// Every certificate of a PEM text; at least one. Hosts write a certificate's base64 on one line of any length as well
/// as in lines of 64, and OpenSSL's PEM reader stops at 254 characters: this one does not care.
/// errors: invalid_argument
Result<std::vector<pki::Certificate>> certificates_of(std::string_view pem);

}  // namespace xl::platform
