// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace xl::cloud {

/// dormant: a sweep has put the registration away (cloud/onboarding/sweep.hpp); its next connect wakes it. AWS has no
/// such status: its clients are told PENDING_ACTIVATION.
enum class CertificateStatus { active, inactive, revoked, pending_transfer, pending_activation, dormant };
enum class CertificateMode { standard, sni_only };  ///< AWS's DEFAULT and SNI_ONLY

/// A device certificate registered in one account. The same certificate may be registered in several (SNI_ONLY).
struct Certificate {
  std::string account_id;
  std::string id;  ///< SHA-256 of the DER, 64 lower-case hex digits
  std::string pem;
  CertificateStatus status = CertificateStatus::inactive;
  CertificateMode mode = CertificateMode::sni_only;
  std::optional<std::string> ca_certificate_id;
  UnixMillis not_before{};
  UnixMillis not_after{};
  UnixMillis created{};
  UnixMillis modified{};
  std::int64_t version = 1;  ///< AWS's customerVersion: one more with each change
  /// Made by CreateProvisioningClaim for this template: no list shows it, and it ends within minutes.
  std::optional<std::string> claim_template = std::nullopt;
};

/// Facts of a presented device certificate that provisioning needs; filled by the OpenSSL rooms.
struct DeviceCertificate {
  std::string id;  ///< fingerprint, as Certificate::id
  std::string pem;
  std::string public_key;                                    ///< SHA-256 of the SubjectPublicKeyInfo, hex
  std::string serial_hex;                                    ///< the X.509 serial
  std::vector<std::pair<std::string, std::string>> subject;  ///< short name ("CN", "serialNumber", "O", …) and value
  std::vector<std::pair<std::string, std::string>> issuer;
  UnixMillis not_before{};
  UnixMillis not_after{};

  /// `facts`: pki::CertificateFacts, which this room does not know.
  template <class Facts>
  static DeviceCertificate of(const Facts& facts) {
    return {facts.fingerprint, facts.pem,    facts.public_key, facts.serial_hex,
            facts.subject,     facts.issuer, facts.not_before, facts.not_after};
  }

  std::optional<std::string> subject_attribute(const std::string& short_name) const {
    for (const auto& [name, value] : subject) {
      if (name == short_name) return value;
    }
    return std::nullopt;
  }
};

enum class CaStatus { active, inactive };

struct CaCertificate {
  std::string account_id;
  std::string id;
  std::string pem;
  std::string subject_der;     ///< index: several CAs may share a subject
  std::string subject_key_id;  ///< hex, empty when absent
  CaStatus status = CaStatus::inactive;
  bool auto_registration = false;
  CertificateMode mode = CertificateMode::standard;
  std::string template_name;  ///< JITP template of registrationConfig; empty: none
  std::string template_body;  ///< inline registrationConfig.templateBody; empty: none
  std::string role_arn;
  UnixMillis not_before{};
  UnixMillis not_after{};
  UnixMillis created{};
  UnixMillis modified{};
  std::int64_t version = 1;  ///< AWS's customerVersion: one more with each change
};

}  // namespace xl::cloud
