// SPDX-License-Identifier: Apache-2.0
// Issuing certificates: roots, issuing CAs, server certificates, birth certificates.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pki/certificate.hpp"
#include "pki/private_key.hpp"

namespace xl::pki {

/// A certificate and the key that belongs to it.
struct Authority {
  Certificate certificate;
  PrivateKey key;
};

/// Self-signed P-256 root, valid `years`. `common_name` may hold UTF-8.
Result<Authority> create_root_ca(std::string_view common_name, std::string_view organization, int years,
                                 UnixMillis now);
/// P-256 CA signed by `root`, pathlen 0: the one that a vendor registers in its staging account.
Result<Authority> create_issuing_ca(const Authority& root, std::string_view common_name, std::string_view organization,
                                    std::string_view organizational_unit, int years, UnixMillis now);
/// TLS server certificate for DNS names (wildcards allowed) and IP addresses, signed by `ca`.
Result<Certificate> issue_server_certificate(const Authority& ca, const PrivateKey& key,
                                             const std::vector<std::string>& names, int days, UnixMillis now);

/// A device certificate by the service, for a key that it made. Valid until the end of 2049, as AWS's are.
Result<Certificate> issue_device_certificate(const Authority& ca, const PrivateKey& key, UnixMillis now);
/// One that ends at `until`, for a device that asks for its own with it.
Result<Certificate> issue_claim_certificate(const Authority& ca, const PrivateKey& key, UnixMillis now,
                                            UnixMillis until);
/// The same for a certificate signing request (PKCS#10, PEM), whose subject is kept.
/// errors: invalid_argument (not a request, its signature does not verify, a key of a kind or size that is not
/// accepted)
Result<Certificate> sign_request(const Authority& ca, std::string_view request_pem, UnixMillis now);

}  // namespace xl::pki
