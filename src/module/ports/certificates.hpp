// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace xl::module::ports {

/// X.509 questions of the dictionary (RootCA, HOTAcertificate, OTAcertificate).
class Certificates {
 public:
  enum class Verdict : std::uint8_t { valid, invalid_certificate, invalid_signature };
  /// `pem` is one certificate or more (RootCA may be a bundle); lines of any length.
  virtual Verdict check(std::string_view pem) const = 0;
  /// check(), and `pem` must be signed by the key of `previous_pem` unless that is empty (guide 8.6, 8.11).
  virtual Verdict check_successor(std::string_view pem, std::string_view previous_pem) const = 0;

 protected:
  ~Certificates() = default;
};

}  // namespace xl::module::ports
