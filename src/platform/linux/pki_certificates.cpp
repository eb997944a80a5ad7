// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/pki_certificates.hpp"

#include <algorithm>

#include "platform/linux/pem.hpp"

namespace xl::platform {

using Verdict = module::ports::Certificates::Verdict;

Verdict PkiCertificates::check(std::string_view pem) const {
  return certificates_of(pem) ? Verdict::valid : Verdict::invalid_certificate;
}

Verdict PkiCertificates::check_successor(std::string_view pem, std::string_view previous_pem) const {
  const auto successors = certificates_of(pem);
  if (!successors) return Verdict::invalid_certificate;
  if (previous_pem.empty()) return Verdict::valid;
  const auto previous = certificates_of(previous_pem);
  if (!previous) return Verdict::invalid_signature;
  const bool signed_by_previous = std::ranges::all_of(
      *successors, [&](const pki::Certificate& successor) { return previous->front().has_signed(successor); });
  return signed_by_previous ? Verdict::valid : Verdict::invalid_signature;
}

}  // namespace xl::platform
