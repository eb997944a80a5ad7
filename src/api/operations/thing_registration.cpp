// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT API Reference, RegisterThing
#include "api/operations/handlers.hpp"
#include "api/registration.hpp"

namespace xl::api {

tl::expected<Change, Fault> register_thing(const Request& request, const Site& site) {
  Constraints constraints;
  const std::string body = constraints.required_text(request.body, "templateBody", rules::kTemplateBody);
  const RegistrationParameters parameters = registration_parameters(constraints, request.body);
  XL_CHECK(constraints.result());
  XL_TRY(const Registration registration, plan_registration(body, parameters, request, site.options));
  return [request, registration](cloud::Registry& registry) { return register_in(registry, request, registration); };
}

}  // namespace xl::api
