// SPDX-License-Identifier: Apache-2.0
// What the certificate operations share: the words for states, and how a certificate is stored.
#pragma once
#include <optional>
#include <string>

#include "api/constraints.hpp"
#include "api/reply.hpp"
#include "cloud/model/certificate.hpp"
#include "cloud/ports/registry.hpp"
#include "pki/certificate.hpp"

namespace xl::api {

const char* status_text(cloud::CertificateStatus status);
/// The states that only the service may give are refused by name. REGISTER_INACTIVE is the old word for INACTIVE.
tl::expected<cloud::CertificateStatus, Fault> requested_status(const std::string& text);

/// The path's `name` as certificate ids are stored. errors: InvalidRequestException
tl::expected<std::string, Fault> certificate_label(const Request& request, std::string_view name = "certificateId");

/// errors: CertificateValidationException; `what` names it in the message
tl::expected<pki::Certificate, Fault> parse_certificate(const std::string& pem, const char* what);

/// INACTIVE and of no CA.
cloud::Certificate certificate_of(const pki::CertificateFacts& facts, const Request& request);
Reply certificate_summary(const Request& request, const cloud::Certificate& certificate);
/// The registered, ACTIVE CA that has signed it; `given`: which one it must be.
/// errors: CertificateValidationException (none), CertificateConflictException (several)
tl::expected<cloud::CaCertificate, Fault> signer_of(const cloud::Registry& registry, const std::string& account_id,
                                                    const pki::Certificate& leaf,
                                                    const std::optional<pki::Certificate>& given);

Fault already_registered(const Request& request, const std::string& resource, const std::string& id,
                         std::string message);

}  // namespace xl::api
