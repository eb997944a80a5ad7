// SPDX-License-Identifier: Apache-2.0
// Device certificates that an account has. source: AWS IoT API Reference, DescribeCertificate and its family
#include "api/operations/ca_forms.hpp"
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/paging.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "pki/certificate.hpp"

namespace xl::api {
namespace {

using cloud::CertificateStatus;

void set_if_known(Reply& reply, const char* name, const std::string& value) {
  if (!value.empty()) reply[name] = value;
}

Reply transfer_data(const cloud::CertificateTransfer& transfer) {
  Reply data{{"transferDate", timestamp(transfer.began)}};
  set_if_known(data, "transferMessage", transfer.message);
  set_if_known(data, "rejectReason", transfer.reject_reason);
  if (transfer.ended)
    data[transfer.state == cloud::TransferState::accepted ? "acceptDate" : "rejectDate"] = timestamp(*transfer.ended);
  return data;
}

/// Out of this account, or into it: the newer of the two.
tl::expected<void, Fault> add_transfer(Reply& reply, const cloud::Registry& registry, const std::string& account_id,
                                       const std::string& id) {
  const auto out = registry.transfers().outgoing(account_id, id);
  if (!out && out.error().code != Errc::not_found) return fail(Fault(out.error()));
  const auto in = registry.transfers().incoming(account_id, id);
  if (!in && in.error().code != Errc::not_found) return fail(Fault(in.error()));
  if (in) reply["previousOwnedBy"] = in->source_account;
  if (out && (!in || out->began >= in->began)) {
    reply["transferData"] = transfer_data(*out);
  } else if (in) {
    reply["transferData"] = transfer_data(*in);
  }
  return {};
}

Reply description(const Request& request, const cloud::Certificate& certificate) {
  Reply reply = certificate_summary(request, certificate);
  if (certificate.ca_certificate_id) reply["caCertificateId"] = *certificate.ca_certificate_id;
  reply["certificatePem"] = certificate.pem;
  reply["ownedBy"] = certificate.account_id;
  reply["lastModifiedDate"] = timestamp(certificate.modified);
  reply["customerVersion"] = certificate.version;
  reply["generationId"] = generation_id(request.arn("cert/" + certificate.id), certificate.created);
  reply["validity"] =
      Reply{{"notBefore", timestamp(certificate.not_before)}, {"notAfter", timestamp(certificate.not_after)}};
  return reply;
}

tl::expected<void, Fault> check_not_in_transfer(const cloud::Certificate& certificate) {
  if (certificate.status != CertificateStatus::pending_transfer) return {};
  return fail(exceptions::kCertificateState,
              "The certificate " + certificate.id +
                  " is being transferred; it cannot be changed until the transfer has been accepted, rejected or "
                  "cancelled.");
}

tl::expected<void, Fault> check_unattached(const cloud::Registry& registry, const std::string& account_id,
                                           const std::string& id, const std::string& arn, bool with_policies) {
  XL_TRY(const auto things, registry.things().links_of_certificate(account_id, id, in_the_way()));
  if (!things.items.empty()) {
    return fail(exceptions::kDeleteConflict,
                "Things must be detached before deletion (arn: " + arn + "): thing " +
                    named(names_of(things.items, &cloud::ThingPrincipal::thing_name), things.more));
  }
  if (with_policies) return {};
  XL_TRY(const auto policies, registry.policies().attached_to(account_id, id));
  if (policies.empty()) return {};
  return fail(exceptions::kDeleteConflict, "Certificate policies must be detached before deletion (arn: " + arn +
                                               "): policy " + named(names_of(policies, &cloud::Policy::name)));
}

/// Who switches a module on or off that a sweep has put away means the module as it was.
Outcome update_dormant(cloud::Registry& registry, const cloud::Account& account, const cloud::Certificate& certificate,
                       CertificateStatus wanted, UnixMillis now) {
  XL_TRY(const auto read, pki::Certificate::from_pem(certificate.pem));
  const Status woken =
      cloud::provisioning::wake(registry, account, cloud::DeviceCertificate::of(read.facts()), wanted, now);
  if (woken) return Reply{};
  if (woken.error().code != Errc::forbidden && woken.error().code != Errc::invalid_argument)
    return fail(Fault(woken.error()));
  return fail(exceptions::kCertificateState, "The certificate " + certificate.id +
                                                 " was put away, as its module was not seen for long, and its thing "
                                                 "and policies cannot be brought back: " +
                                                 woken.error().detail + ".");
}

Outcome update_in(cloud::Registry& registry, const cloud::Account& account, const std::string& id,
                  CertificateStatus wanted, UnixMillis now) {
  XL_TRY(const auto certificate, registry.certificates().find(account.id, id));
  XL_CHECK(check_not_in_transfer(certificate));
  if (certificate.status == CertificateStatus::dormant && wanted != CertificateStatus::revoked)
    return update_dormant(registry, account, certificate, wanted, now);
  if (certificate.status != wanted) XL_CHECK(registry.certificates().set_status(account.id, id, wanted, now));
  return Reply{};
}

Outcome delete_in(cloud::Registry& registry, const std::string& account_id, const std::string& id,
                  const std::string& arn, bool force) {
  XL_TRY(const auto certificate, registry.certificates().find(account_id, id));
  XL_CHECK(check_not_in_transfer(certificate));
  if (certificate.status == CertificateStatus::active) {
    return fail(exceptions::kCertificateState, "Certificate must be deactivated (not ACTIVE) before deletion. Id: " +
                                                   id + ". Set it to INACTIVE first (UpdateCertificate).");
  }
  XL_CHECK(check_unattached(registry, account_id, id, arn, force));
  XL_TRY(const auto policies, registry.policies().attached_to(account_id, id));
  for (const auto& policy : policies) XL_CHECK(registry.policies().detach(account_id, policy.name, id));
  XL_CHECK(registry.certificates().remove(account_id, id));
  return Reply{};
}

Reply listed(const Request& request, const cloud::PageRequest& page, const cloud::Page<cloud::Certificate>& found) {
  return listing(
      "certificates", kMarkers, found,
      [&](const auto& certificate) { return certificate_summary(request, certificate); },
      [&](const auto& certificate) { return place_in(page, certificate.created, certificate.id); });
}

}  // namespace

Outcome list_certificates(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = ordered_page_request(constraints, request, kMarkers);
  XL_CHECK(constraints.result());
  XL_TRY(const auto found, registry.certificates().list(request.account.id, page));
  return listed(request, page, found);
}

Outcome list_certificates_by_ca(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string ca = to_lower(constraints.label(request, "caCertificateId", rules::kCertificateId));
  const auto page = ordered_page_request(constraints, request, kMarkers, cloud::Order::oldest_first);
  XL_CHECK(constraints.result());
  XL_TRY(const auto found, registry.certificates().list_by_ca(request.account.id, ca, page));
  return listed(request, page, found);
}

Outcome describe_certificate(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const std::string id, certificate_label(request));
  XL_TRY(const auto certificate, registry.certificates().find(request.account.id, id));
  Reply reply = description(request, certificate);
  XL_CHECK(add_transfer(reply, registry, request.account.id, id));
  return Reply{{"certificateDescription", std::move(reply)}};
}

tl::expected<Change, Fault> update_certificate(const Request& request, const Site&) {
  Constraints constraints;
  const std::string id = to_lower(constraints.label(request, "certificateId", rules::kCertificateId));
  const std::string text = constraints.required_query_choice(
      request, "newStatus",
      {"ACTIVE", "INACTIVE", "REVOKED", "PENDING_TRANSFER", "REGISTER_INACTIVE", "PENDING_ACTIVATION"});
  XL_CHECK(constraints.result());
  XL_TRY(const CertificateStatus wanted, requested_status(text));
  return [account = request.account, id, wanted, now = request.now](cloud::Registry& registry) {
    return update_in(registry, account, id, wanted, now);
  };
}

tl::expected<Change, Fault> delete_certificate(const Request& request, const Site&) {
  XL_TRY(const std::string id, certificate_label(request));
  Constraints constraints;
  const bool force = constraints.query_flag(request, "forceDelete").value_or(false);
  XL_CHECK(constraints.result());
  return [account = request.account.id, id, arn = request.arn("cert/" + id), force](cloud::Registry& registry) {
    return delete_in(registry, account, id, arn, force);
  };
}

}  // namespace xl::api
