// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "base/time.hpp"

namespace xl::cloud {

enum class TransferState { pending, accepted, rejected };

/// A certificate on its way from one account to another. source: AWS IoT API Reference, TransferCertificate
struct CertificateTransfer {
  std::string certificate_id;
  std::string source_account;
  std::string target_account;
  TransferState state = TransferState::pending;
  std::string message;
  std::string reject_reason;
  UnixMillis began{};
  std::optional<UnixMillis> ended;  ///< accepted or rejected at
};

}  // namespace xl::cloud
