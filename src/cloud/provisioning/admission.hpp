// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::provisioning {

/// first_visit: a free module in a customer's account; its connect makes it that customer's. first_seen: in staging,
/// one that was claimed before anybody has seen it.
enum class CustodyVerdict { unknown, first_seen, welcome, first_visit, guest, guest_first_visit };

/// "certificate 1a2b3c4d5e6f": enough to find it, short enough to read.
std::string short_name_of(std::string_view certificate_id);

/// Status and dates of a certificate that an account has. errors: forbidden, with the reason
Status check_certificate(const Certificate& certificate, UnixMillis now);

/// Forbidden, for an operator: which certificate, what is wrong, what to do.
tl::unexpected<Error> refuse(std::string_view certificate_id, std::string_view reason);

/// The table of docs/onboarding.md section 1. errors: forbidden, with the reason; unavailable (a restored cloud awaits
/// its custody log)
Result<CustodyVerdict> check_custody(const Registry& registry, const Account& account, std::string_view fingerprint);

}  // namespace xl::cloud::provisioning
