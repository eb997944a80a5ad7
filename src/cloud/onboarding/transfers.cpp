// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/transfers.hpp"

#include "cloud/ports/if_found.hpp"
#include "cloud/rules/findings.hpp"

namespace xl::cloud::onboarding {

Status return_to_source(Registry& registry, const CertificateTransfer& transfer, UnixMillis now) {
  XL_CHECK(registry.certificates().remove(transfer.target_account, transfer.certificate_id));
  return registry.certificates().set_status(transfer.source_account, transfer.certificate_id,
                                            CertificateStatus::inactive, now);
}

Status end_transfers(Registry& registry, const Account& account, std::string_view fingerprint, UnixMillis now) {
  for (const auto& found : {registry.transfers().outgoing(account.id, fingerprint),
                            registry.transfers().incoming(account.id, fingerprint)}) {
    XL_TRY(const auto transfer, if_found(found));
    if (!transfer || transfer->state != TransferState::pending) continue;
    XL_CHECK(return_to_source(registry, *transfer, now));
    XL_CHECK(registry.transfers().remove(transfer->source_account, fingerprint));
  }
  return {};
}

Result<std::size_t> expire_transfers(Registry& registry, UnixMillis began_before, std::size_t limit, UnixMillis now) {
  XL_TRY(const auto waiting, registry.transfers().pending_before(began_before, limit));
  for (const CertificateTransfer& transfer : waiting) {
    XL_CHECK(return_to_source(registry, transfer, now));
    XL_CHECK(registry.transfers().remove(transfer.source_account, transfer.certificate_id));
    XL_CHECK(rules::note_finding(registry, FindingKind::transfer_expired, transfer.source_account,
                                 transfer.certificate_id, "",
                                 "account " + transfer.target_account + " has neither accepted nor rejected it", now));
  }
  return waiting.size();
}

}  // namespace xl::cloud::onboarding
