// SPDX-License-Identifier: Apache-2.0
// A certificate moves to another account in two steps. While it is under way both accounts see it as PENDING_TRANSFER
// and no device can use it. source: AWS IoT API Reference, TransferCertificate and its family
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"
#include "cloud/onboarding/transfers.hpp"

namespace xl::api {
namespace {

using cloud::CertificateStatus;
using cloud::CertificateTransfer;
using cloud::TransferState;

tl::unexpected<Fault> wrong_state(const std::string& id, const std::string& why) {
  return fail(exceptions::kCertificateState, "The certificate " + id + " cannot be transferred: " + why);
}

/// What a claim holds is not its customer's to give away yet: the vendor has granted the module to nobody else.
tl::expected<void, Fault> check_not_claimed(const cloud::Registry& registry, const std::string& account,
                                            const std::string& id) {
  const auto claim = registry.claims().live_of(id);
  if (!claim && claim.error().code != Errc::not_found) return fail(Fault(claim.error()));
  if (!claim || claim->account_id != account) return {};
  return wrong_state(id, "its module is being claimed; cancel the claim " + claim->id + " first.");
}

tl::expected<void, Fault> check_transferable(const cloud::Registry& registry, const cloud::Certificate& certificate) {
  const std::string& account = certificate.account_id;
  const std::string& id = certificate.id;
  if (certificate.status == CertificateStatus::active) return wrong_state(id, "it is ACTIVE; deactivate it first.");
  if (certificate.status == CertificateStatus::dormant) {
    return wrong_state(id,
                       "it is put away, as its module was not seen for long; set it to INACTIVE first, which brings "
                       "its thing and policies back (UpdateCertificate).");
  }
  if (certificate.status == CertificateStatus::pending_transfer)
    return wrong_state(id, "it is being transferred already.");
  XL_TRY(const auto policies, registry.policies().attached_to(account, id));
  if (!policies.empty()) return wrong_state(id, "policies are attached to it; detach them first.");
  XL_TRY(const auto things, registry.things().things_of(account, id));
  if (!things.empty()) return wrong_state(id, "things are attached to it; detach them first.");
  return check_not_claimed(registry, account, id);
}

tl::expected<void, Fault> check_target(const cloud::Registry& registry, const CertificateTransfer& transfer) {
  if (transfer.target_account == transfer.source_account) {
    return fail(exceptions::kInvalidRequest,
                "The certificate is in the account " + transfer.target_account + " already.");
  }
  const auto account = registry.accounts().find(transfer.target_account);
  if (!account && account.error().code == Errc::not_found)
    return fail(exceptions::kInvalidRequest, "The account " + transfer.target_account + " does not exist here.");
  XL_CHECK(account);
  if (registry.certificates().find(transfer.target_account, transfer.certificate_id)) {
    return fail(exceptions::kTransferConflict, "The account " + transfer.target_account + " has the certificate " +
                                                   transfer.certificate_id + " already.");
  }
  return {};
}

Outcome begin_in(cloud::Registry& registry, const Request& request, const CertificateTransfer& transfer) {
  XL_TRY(cloud::Certificate certificate,
         registry.certificates().find(transfer.source_account, transfer.certificate_id));
  XL_CHECK(check_transferable(registry, certificate));
  XL_CHECK(check_target(registry, transfer));
  XL_CHECK(registry.certificates().set_status(transfer.source_account, certificate.id,
                                              CertificateStatus::pending_transfer, request.now));
  certificate.account_id = transfer.target_account;
  certificate.status = CertificateStatus::pending_transfer;
  certificate.modified = request.now;
  XL_CHECK(registry.certificates().insert(certificate));
  XL_CHECK(registry.transfers().put(transfer));
  return Reply{{"transferredCertificateArn",
                "arn:aws:iot:" + request.region + ":" + transfer.target_account + ":cert/" + certificate.id}};
}

tl::expected<CertificateTransfer, Fault> still_pending(Result<CertificateTransfer> found) {
  XL_CHECK(found);
  if (found->state == TransferState::pending) return *std::move(found);
  return fail(exceptions::kTransferAlreadyCompleted,
              "The transfer of the certificate " + found->certificate_id + " is already completed.");
}

/// Whoever gives a module away with its certificate gives up its custody: a customer takes it over, a vendor has it
/// back.
tl::expected<void, Fault> hand_over_custody(cloud::Registry& registry, const CertificateTransfer& transfer,
                                            const cloud::Account& target, UnixMillis now) {
  auto custody = registry.custody().find(transfer.certificate_id);
  if (!custody && custody.error().code == Errc::not_found) return {};
  XL_CHECK(custody);
  if (custody->owner_account != transfer.source_account) return {};
  const bool is_customer = target.kind == cloud::AccountKind::customer;
  custody->owner_account = is_customer ? std::optional(target.id) : std::nullopt;
  custody->status = is_customer ? cloud::CustodyStatus::owned : cloud::CustodyStatus::free;
  ++custody->epoch;
  XL_CHECK(registry.custody().change(*custody, "certificate transferred to account " + target.name, now));
  return {};
}

Outcome accept_in(cloud::Registry& registry, const Request& request, const std::string& id, bool active) {
  const std::string& account = request.account.id;
  XL_TRY(CertificateTransfer transfer, still_pending(registry.transfers().incoming(account, id)));
  XL_CHECK(registry.certificates().remove(transfer.source_account, id));
  XL_CHECK(registry.certificates().set_status(
      account, id, active ? CertificateStatus::active : CertificateStatus::inactive, request.now));
  XL_CHECK(registry.tombstones().remove(account, id));
  transfer.state = TransferState::accepted;
  transfer.ended = request.now;
  XL_CHECK(registry.transfers().put(transfer));
  XL_CHECK(hand_over_custody(registry, transfer, request.account, request.now));
  return Reply{};
}

Outcome reject_in(cloud::Registry& registry, const Request& request, const std::string& id, const std::string& reason) {
  XL_TRY(CertificateTransfer transfer, still_pending(registry.transfers().incoming(request.account.id, id)));
  XL_CHECK(cloud::onboarding::return_to_source(registry, transfer, request.now));
  transfer.state = TransferState::rejected;
  transfer.reject_reason = reason;
  transfer.ended = request.now;
  XL_CHECK(registry.transfers().put(transfer));
  return Reply{};
}

Outcome cancel_in(cloud::Registry& registry, const Request& request, const std::string& id) {
  XL_TRY(const CertificateTransfer transfer, still_pending(registry.transfers().outgoing(request.account.id, id)));
  XL_CHECK(cloud::onboarding::return_to_source(registry, transfer, request.now));
  XL_CHECK(registry.transfers().remove(transfer.source_account, id));
  return Reply{};
}

Reply outgoing(const Request& request, const CertificateTransfer& transfer, UnixMillis created) {
  Reply reply{{"certificateArn", request.arn("cert/" + transfer.certificate_id)},
              {"certificateId", transfer.certificate_id},
              {"transferredTo", transfer.target_account},
              {"transferDate", timestamp(transfer.began)},
              {"creationDate", timestamp(created)}};
  if (!transfer.message.empty()) reply["transferMessage"] = transfer.message;
  return reply;
}

}  // namespace

tl::expected<Change, Fault> transfer_certificate(const Request& request, const Site&) {
  Constraints constraints;
  CertificateTransfer transfer;
  transfer.certificate_id = to_lower(constraints.label(request, "certificateId", rules::kCertificateId));
  transfer.source_account = request.account.id;
  transfer.target_account = constraints.required_query_text(request, "targetAwsAccount", rules::kAwsAccountId);
  transfer.message = constraints.text(request.body, "transferMessage", rules::kMessage).value_or("");
  transfer.began = request.now;
  XL_CHECK(constraints.result());
  return [request, transfer](cloud::Registry& registry) { return begin_in(registry, request, transfer); };
}

tl::expected<Change, Fault> accept_certificate_transfer(const Request& request, const Site&) {
  XL_TRY(const std::string id, certificate_label(request));
  Constraints constraints;
  const bool active = constraints.query_flag(request, "setAsActive").value_or(false);
  XL_CHECK(constraints.result());
  return [request, id, active](cloud::Registry& registry) { return accept_in(registry, request, id, active); };
}

tl::expected<Change, Fault> reject_certificate_transfer(const Request& request, const Site&) {
  XL_TRY(const std::string id, certificate_label(request));
  Constraints constraints;
  const std::string reason = constraints.text(request.body, "rejectReason", rules::kMessage).value_or("");
  XL_CHECK(constraints.result());
  return [request, id, reason](cloud::Registry& registry) { return reject_in(registry, request, id, reason); };
}

tl::expected<Change, Fault> cancel_certificate_transfer(const Request& request, const Site&) {
  XL_TRY(const std::string id, certificate_label(request));
  return [request, id](cloud::Registry& registry) { return cancel_in(registry, request, id); };
}

Outcome list_outgoing_certificates(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = ordered_page_request(constraints, request, kMarkers);
  XL_CHECK(constraints.result());
  XL_TRY(const auto found, registry.transfers().list_outgoing(request.account.id, page));
  Reply reply = listing(
      "outgoingCertificates", kMarkers, found,
      [&](const auto& transfer) {
        const auto certificate = registry.certificates().find(request.account.id, transfer.certificate_id);
        return outgoing(request, transfer, certificate ? certificate->created : transfer.began);
      },
      [&](const auto& transfer) { return place_in(page, transfer.began, transfer.certificate_id); });
  return reply;
}

}  // namespace xl::api
