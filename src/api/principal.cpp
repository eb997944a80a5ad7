// SPDX-License-Identifier: Apache-2.0
#include "api/principal.hpp"

#include "base/text.hpp"

namespace xl::api {

tl::expected<PolicyTarget, Fault> policy_target(const Request& request, const std::string& arn) {
  const std::string certificate = request.arn("cert/"), group = request.arn("thinggroup/");
  if (arn.starts_with(certificate))
    return PolicyTarget{PolicyTarget::Kind::certificate, to_lower(arn.substr(certificate.size()))};
  if (arn.starts_with(group)) return PolicyTarget{PolicyTarget::Kind::thing_group, arn.substr(group.size())};
  if (!arn.starts_with("arn:")) {
    return fail(exceptions::kInvalidRequest,
                "The target " + arn + " is not an ARN such as " + certificate + "CERTIFICATE_ID.");
  }
  return fail(exceptions::kResourceNotFound, "The target " + arn + " does not exist in this account.");
}

tl::expected<std::string, Fault> certificate_of(const Request& request, const std::string& arn) {
  XL_TRY(PolicyTarget target, policy_target(request, arn));
  if (target.kind == PolicyTarget::Kind::certificate) return std::move(target.name);
  return fail(exceptions::kInvalidRequest, "The principal " + arn + " is not a certificate.");
}

tl::expected<void, Fault> check_attachable(const cloud::Registry& registry, const Request& request,
                                           const std::string& certificate_id) {
  XL_TRY(const auto certificate, registry.certificates().find(request.account.id, certificate_id));
  if (certificate.status != cloud::CertificateStatus::pending_transfer) return {};
  return fail(exceptions::kInvalidRequest,
              "The certificate " + certificate_id + " is being transferred; nothing can be attached to it now.");
}

std::string principal_header(Constraints& constraints, const Request& request) {
  return constraints.header(request, "x-amzn-principal", "principal", rules::kAnyText);
}

}  // namespace xl::api
