// SPDX-License-Identifier: Apache-2.0
// Certificate transfers that end without being accepted. source: AWS IoT API Reference, RejectCertificateTransfer,
// CancelCertificateTransfer
#pragma once
#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::onboarding {

/// The source has its certificate back, INACTIVE as it was when the transfer began.
Status return_to_source(Registry& registry, const CertificateTransfer& transfer, UnixMillis now);

/// A transfer of the certificate that the account has begun, or that somebody offers it, ends as if it were cancelled:
/// whoever decides whose the module is now is not held up by it.
Status end_transfers(Registry& registry, const Account& account, std::string_view fingerprint, UnixMillis now);

/// Transfers that began before `began_before`, at most `limit`: the source has the certificate back and a finding tells
/// why. How many they were.
Result<std::size_t> expire_transfers(Registry& registry, UnixMillis began_before, std::size_t limit, UnixMillis now);

}  // namespace xl::cloud::onboarding
