// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/ports/certificates.hpp"

namespace xl::platform {

/// The dictionary's X.509 questions, answered by OpenSSL through pki.
class PkiCertificates final : public module::ports::Certificates {
 public:
  Verdict check(std::string_view pem) const override;
  Verdict check_successor(std::string_view pem, std::string_view previous_pem) const override;
};

}  // namespace xl::platform
