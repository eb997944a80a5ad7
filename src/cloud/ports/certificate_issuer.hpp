// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cloud/model/certificate.hpp"

namespace xl::cloud {

/// Makes certificates for devices that have none of their own, with a CA of the installation. Thread-safe.
class CertificateIssuer {
 public:
  struct Issued {
    DeviceCertificate certificate;
    std::string private_key_pem;  ///< a secret, kept nowhere; empty: the device has it
  };

  virtual ~CertificateIssuer() = default;
  /// RSA with 2048 bits, as AWS makes them: takes a good part of a second.
  virtual Result<Issued> issue_with_key(UnixMillis now) const = 0;
  /// PKCS#10 in PEM. errors: invalid_argument (not a request, its signature, its key)
  virtual Result<Issued> sign_request(std::string_view request_pem, UnixMillis now) const = 0;
};

}  // namespace xl::cloud
