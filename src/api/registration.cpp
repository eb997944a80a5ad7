// SPDX-License-Identifier: Apache-2.0
#include "api/registration.hpp"

#include "api/operations/certificate_forms.hpp"
#include "cloud/provisioning/enact.hpp"

namespace xl::api {
namespace {

namespace provisioning = cloud::provisioning;

Fault failure(const Error& error) {
  const bool theirs = error.code == Errc::forbidden || error.code == Errc::invalid_argument;
  return theirs ? Fault(exceptions::kRegistrationFailure, Fault(Error::invalid(error.detail)).message) : Fault(error);
}

tl::expected<Registration, Fault> registration_of(const provisioning::Plan& plan, const Request& request,
                                                  const ApiOptions& options) {
  Registration out{plan, std::nullopt, std::nullopt, false};
  if (!plan.certificate.pem.empty()) {
    XL_TRY(out.certificate, parse_certificate(plan.certificate.pem, "certificate"));
  }
  if (!plan.certificate.ca_pem.empty()) {
    XL_TRY(out.ca, parse_certificate(plan.certificate.ca_pem, "CA certificate"));
  }
  if (plan.certificate.signing_request.empty()) return out;
  if (!options.device_ca)
    return fail(exceptions::kServiceUnavailable, "This server has no CA to issue device certificates with.");
  XL_TRY(out.certificate, pki::sign_request(*options.device_ca, plan.certificate.signing_request, request.now));
  out.issued = true;
  return out;
}

/// Registers the certificate if need be. INACTIVE until everything else is in place.
tl::expected<cloud::Certificate, Fault> certificate_in(cloud::Registry& registry, const Request& request,
                                                       const Registration& registration) {
  const std::string& account = request.account.id;
  const std::string id =
      registration.certificate ? registration.certificate->facts().fingerprint : registration.plan.certificate.id;
  auto known = registry.certificates().find(account, id);
  if (known && known->status == cloud::CertificateStatus::pending_transfer)
    return fail(exceptions::kRegistrationFailure, "The certificate " + id + " is being transferred.");
  if (known) return *std::move(known);
  if (known.error().code != Errc::not_found) return fail(Fault(known.error()));
  if (!registration.certificate)
    return fail(exceptions::kRegistrationFailure, "The certificate " + id + " does not exist in this account.");
  cloud::Certificate made = certificate_of(registration.certificate->facts(), request);
  if (registration.issued) {
    made.mode = cloud::CertificateMode::standard;
  } else {
    XL_TRY(const auto ca, signer_of(registry, account, *registration.certificate, registration.ca));
    made.mode = ca.mode;
    made.ca_certificate_id = ca.id;
  }
  XL_CHECK(registry.certificates().insert(made));
  return made;
}

}  // namespace

RegistrationParameters registration_parameters(Constraints& constraints, const boost::json::object& body) {
  return constraints.text_map(body, "parameters", rules::kParameterName, rules::kParameterValue)
      .value_or(RegistrationParameters());
}

tl::expected<Registration, Fault> plan_registration(const std::string& template_body,
                                                    const RegistrationParameters& parameters, const Request& request,
                                                    const ApiOptions& options) {
  XL_TRY(const auto plan, provisioning::fill_registration_template(template_body, parameters));
  if (plan.certificate.resource.empty())
    return fail(exceptions::kInvalidRequest, "The template has no certificate for the thing.");
  return registration_of(plan, request, options);
}

Outcome register_in(cloud::Registry& registry, const Request& request, const Registration& registration) {
  const provisioning::Plan& plan = registration.plan;
  const cloud::Account& account = request.account;
  XL_TRY(const auto certificate, certificate_in(registry, request, registration));
  cloud::DeviceCertificate device;
  device.id = certificate.id;
  if (const Status made = provisioning::make_thing(registry, account, device, plan, request.now); !made)
    return fail(failure(made.error()));
  Reply arns{{plan.thing_resource, request.arn("thing/" + plan.thing_name)},
             {plan.certificate.resource, request.arn("cert/" + certificate.id)}};
  for (const auto& policy : plan.policies) {
    const Status made = provisioning::make_policy(registry, account, certificate.id, policy, request.now);
    if (!made) return fail(failure(made.error()));
    arns[policy.resource] = request.arn("policy/" + policy.name);
  }
  XL_CHECK(registry.certificates().set_status(
      account.id, certificate.id, plan.activate ? cloud::CertificateStatus::active : cloud::CertificateStatus::inactive,
      request.now));
  return Reply{{"certificatePem", certificate.pem}, {"resourceArns", std::move(arns)}};
}

}  // namespace xl::api
