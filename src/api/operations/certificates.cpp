// SPDX-License-Identifier: Apache-2.0
#include "api/operations/ca_forms.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

using cloud::CertificateStatus;

const char* status_text(CertificateStatus status) {
  switch (status) {
    case CertificateStatus::active:
      return "ACTIVE";
    case CertificateStatus::inactive:
      return "INACTIVE";
    case CertificateStatus::revoked:
      return "REVOKED";
    case CertificateStatus::pending_transfer:
      return "PENDING_TRANSFER";
    case CertificateStatus::pending_activation:
      return "PENDING_ACTIVATION";
  }
  return "INACTIVE";
}

/// The states that only the service may give are refused by name. REGISTER_INACTIVE is the old word for INACTIVE.
tl::expected<CertificateStatus, Fault> requested_status(const std::string& text) {
  if (text == "ACTIVE") return CertificateStatus::active;
  if (text == "INACTIVE" || text == "REGISTER_INACTIVE") return CertificateStatus::inactive;
  if (text == "REVOKED") return CertificateStatus::revoked;
  return fail(exceptions::kInvalidRequest,
              "The status " + text + " cannot be set by a caller. Use ACTIVE, INACTIVE or REVOKED.");
}

Reply summary(const Request& request, const cloud::Certificate& certificate) {
  return {{"certificateArn", request.arn("cert/" + certificate.id)},
          {"certificateId", certificate.id},
          {"status", status_text(certificate.status)},
          {"certificateMode", text_of(certificate.mode)},
          {"creationDate", timestamp(certificate.created)}};
}

Reply description(const Request& request, const cloud::Certificate& certificate) {
  Reply reply = summary(request, certificate);
  if (certificate.ca_certificate_id) reply["caCertificateId"] = *certificate.ca_certificate_id;
  reply["certificatePem"] = certificate.pem;
  reply["ownedBy"] = certificate.account_id;
  reply["lastModifiedDate"] = timestamp(certificate.modified);
  reply["validity"] =
      Reply{{"notBefore", timestamp(certificate.not_before)}, {"notAfter", timestamp(certificate.not_after)}};
  return reply;
}

Outcome update_in(cloud::Registry& registry, const std::string& account_id, const std::string& id,
                  CertificateStatus wanted, UnixMillis now) {
  XL_TRY(const auto certificate, registry.certificates().find(account_id, id));
  if (certificate.status == CertificateStatus::pending_transfer) {
    return fail(exceptions::kCertificateState,
                "The certificate " + id + " is being transferred; its status cannot be changed now.");
  }
  if (certificate.status != wanted) XL_CHECK(registry.certificates().set_status(account_id, id, wanted, now));
  return Reply{};
}

}  // namespace

Outcome list_certificates(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const auto page, page_request(request, kMarkers));
  XL_TRY(const auto found, registry.certificates().list(request.account.id, page));
  boost::json::array certificates;
  for (const auto& certificate : found.items) certificates.push_back(summary(request, certificate));
  Reply reply{{"certificates", std::move(certificates)}};
  if (found.more) add_next(reply, kMarkers, found.items.back().id);
  return reply;
}

Outcome describe_certificate(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string id = to_lower(constraints.label(request, "certificateId", rules::kCertificateId));
  XL_CHECK(constraints.result());
  XL_TRY(const auto certificate, registry.certificates().find(request.account.id, id));
  return Reply{{"certificateDescription", description(request, certificate)}};
}

tl::expected<Change, Fault> update_certificate(const Request& request) {
  Constraints constraints;
  const std::string id = to_lower(constraints.label(request, "certificateId", rules::kCertificateId));
  const std::string text = constraints.required_query_choice(
      request, "newStatus",
      {"ACTIVE", "INACTIVE", "REVOKED", "PENDING_TRANSFER", "REGISTER_INACTIVE", "PENDING_ACTIVATION"});
  XL_CHECK(constraints.result());
  XL_TRY(const CertificateStatus wanted, requested_status(text));
  return [account = request.account.id, id, wanted, now = request.now](cloud::Registry& registry) {
    return update_in(registry, account, id, wanted, now);
  };
}

}  // namespace xl::api
