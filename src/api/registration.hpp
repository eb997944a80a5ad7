// SPDX-License-Identifier: Apache-2.0
// A thing with its certificate and policies from a template, all or nothing; the certificate is activated last. Shared
// by RegisterThing and by the lines of a bulk registration.
// source: AWS IoT API Reference, RegisterThing; AWS IoT Developer Guide, "Provisioning templates"
#pragma once
#include <map>
#include <optional>
#include <string>

#include "api/api.hpp"
#include "api/constraints.hpp"
#include "api/reply.hpp"
#include "api/request.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/provisioning/template.hpp"
#include "pki/certificate.hpp"

namespace xl::api {

/// What the template brings, read and checked before anything is written.
struct Registration {
  cloud::provisioning::Plan plan;
  std::optional<pki::Certificate> certificate;  ///< its own, or one just issued for its signing request
  std::optional<pki::Certificate> ca;
  bool issued = false;
};

using RegistrationParameters = std::map<std::string, std::string>;
/// The member `parameters` of a request, or of what is made to look like one.
RegistrationParameters registration_parameters(Constraints& constraints, const boost::json::object& body);

/// Of `request` only who asks and when counts.
/// errors: InvalidRequestException, CertificateValidationException, ServiceUnavailableException (no CA to sign with)
tl::expected<Registration, Fault> plan_registration(const std::string& template_body,
                                                    const RegistrationParameters& parameters, const Request& request,
                                                    const ApiOptions& options);

/// RegisterThing's answer: certificatePem and resourceArns. Inside the caller's transaction, which a Fault must undo.
Outcome register_in(cloud::Registry& registry, const Request& request, const Registration& registration);

}  // namespace xl::api
