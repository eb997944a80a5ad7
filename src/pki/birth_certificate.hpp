// SPDX-License-Identifier: Apache-2.0
// The birth certificate profile. source: guide 11.1.3
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pki/authority.hpp"
#include "pki/uid.hpp"

namespace xl::pki {

/// Subject: O=vendor, OU=model, CN=ThingName, serialNumber=ThingName. Serial: the UID. keyUsage digitalSignature,
/// extendedKeyUsage clientAuth, CA:FALSE. notBefore one day before `now`, notAfter twenty years after it.
Result<Certificate> issue_birth_certificate(const Authority& issuing_ca, EVP_PKEY* device_public_key, const Uid& uid,
                                            std::string_view vendor, std::string_view model, UnixMillis now);

/// Every rule of guide 11.1.3 (and of our profile) that the certificate breaks, each as a sentence; empty when it is
/// fine. `issuing_ca` may be null: then the signature rule is reported as not checked by the caller.
std::vector<std::string> broken_birth_certificate_rules(const Certificate& certificate, const Certificate* issuing_ca);

}  // namespace xl::pki
