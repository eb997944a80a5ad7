// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cloud/ports/certificate_issuer.hpp"

namespace xl::gateway {

/// The installation's CA for certificates that devices ask for. errors: invalid_argument (certificate or key)
Result<std::unique_ptr<cloud::CertificateIssuer>> make_device_ca(const std::string& certificate_pem,
                                                                 const std::string& private_key_pem);

}  // namespace xl::gateway
