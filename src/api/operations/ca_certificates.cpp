// SPDX-License-Identifier: Apache-2.0
#include "api/operations/ca_forms.hpp"
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

Reply summary(const Request& request, const cloud::CaCertificate& ca) {
  return {{"certificateArn", request.arn("cacert/" + ca.id)},
          {"certificateId", ca.id},
          {"status", text_of(ca.status)},
          {"creationDate", timestamp(ca.created)}};
}

Reply description(const Request& request, const cloud::CaCertificate& ca) {
  Reply reply = summary(request, ca);
  reply["certificatePem"] = ca.pem;
  reply["ownedBy"] = ca.account_id;
  reply["autoRegistrationStatus"] = ca.auto_registration ? "ENABLE" : "DISABLE";
  reply["lastModifiedDate"] = timestamp(ca.modified);
  reply["customerVersion"] = ca.version;
  reply["generationId"] = generation_id(request.arn("cacert/" + ca.id), ca.created);
  reply["validity"] = Reply{{"notBefore", timestamp(ca.not_before)}, {"notAfter", timestamp(ca.not_after)}};
  reply["certificateMode"] = text_of(ca.mode);
  return reply;
}

Reply config_of(const cloud::CaCertificate& ca) {
  Reply config;
  if (!ca.template_body.empty()) config["templateBody"] = ca.template_body;
  if (!ca.template_name.empty()) config["templateName"] = ca.template_name;
  if (!ca.role_arn.empty()) config["roleArn"] = ca.role_arn;
  return config;
}

struct Update {
  std::string id;
  std::optional<std::string> status;
  std::optional<std::string> auto_registration;
  std::optional<RegistrationConfig> config;
  bool remove_config = false;
};

Outcome update_in(cloud::Registry& registry, const std::string& account_id, const Update& update, UnixMillis now) {
  XL_TRY(auto ca, registry.ca_certificates().find(account_id, update.id));
  if (update.status) ca.status = *update.status == "ACTIVE" ? cloud::CaStatus::active : cloud::CaStatus::inactive;
  if (update.auto_registration) ca.auto_registration = *update.auto_registration == "ENABLE";
  if (update.remove_config) apply(RegistrationConfig{}, ca);
  if (update.config) {
    XL_CHECK(check_named_template(registry, account_id, *update.config));
    apply(*update.config, ca);
  }
  ca.modified = now;
  XL_CHECK(registry.ca_certificates().update(ca));
  return Reply{};
}

}  // namespace

Outcome list_ca_certificates(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = ordered_page_request(constraints, request, kMarkers);
  const auto template_name = constraints.query_text(request, "templateName", rules::kTemplateName);
  XL_CHECK(constraints.result());
  std::string last;
  XL_TRY(const auto found,
         filtered<cloud::CaCertificate>(
             page, [&](const auto& p) { return registry.ca_certificates().list(request.account.id, p); },
             [&](const auto& ca) { return !template_name || ca.template_name == *template_name; },
             [&](const auto& ca) { return place_in(page, ca.created, ca.id); }, last));
  return listing("certificates", kMarkers, found, [&](const auto& ca) { return summary(request, ca); }, last);
}

Outcome describe_ca_certificate(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string id = to_lower(constraints.label(request, "caCertificateId", rules::kCertificateId));
  XL_CHECK(constraints.result());
  XL_TRY(const auto ca, registry.ca_certificates().find(request.account.id, id));
  Reply reply{{"certificateDescription", description(request, ca)}};
  if (auto config = config_of(ca); !config.empty()) reply["registrationConfig"] = std::move(config);
  return reply;
}

tl::expected<Change, Fault> update_ca_certificate(const Request& request, const Site&) {
  Constraints constraints;
  Update update;
  update.id = to_lower(constraints.label(request, "caCertificateId", rules::kCertificateId));
  update.status = constraints.query_choice(request, "newStatus", {"ACTIVE", "INACTIVE"});
  update.auto_registration = constraints.query_choice(request, "newAutoRegistrationStatus", {"ENABLE", "DISABLE"});
  update.remove_config = constraints.flag(request.body, "removeAutoRegistration").value_or(false);
  update.config = registration_config(constraints, request.body);
  XL_CHECK(constraints.result());
  if (update.config) XL_CHECK(check_config(*update.config));
  if (update.config && update.remove_config)
    return fail(exceptions::kInvalidRequest, "registrationConfig and removeAutoRegistration exclude each other.");
  return [account = request.account.id, update, now = request.now](cloud::Registry& registry) {
    return update_in(registry, account, update, now);
  };
}

tl::expected<Change, Fault> delete_ca_certificate(const Request& request, const Site&) {
  XL_TRY(const std::string id, certificate_label(request, "caCertificateId"));
  return [account = request.account.id, id, arn = request.arn("cacert/" + id)](cloud::Registry& registry) -> Outcome {
    XL_TRY(const auto ca, registry.ca_certificates().find(account, id));
    if (ca.status == cloud::CaStatus::active) {
      return fail(exceptions::kCertificateState,
                  "The CA certificate must be deactivated (not ACTIVE) before deletion. Id: " + id +
                      ". Set it to INACTIVE first (UpdateCACertificate).");
    }
    XL_CHECK(registry.ca_certificates().remove(account, id));
    XL_CHECK(registry.tags().remove_all(arn));
    return Reply{};
  };
}

}  // namespace xl::api
