// SPDX-License-Identifier: Apache-2.0
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "cloud/onboarding/elsewhere.hpp"

namespace xl::api {

/// Without a type, old clients mean iot:Data; there is one data endpoint here, so both names lead to it.
Outcome describe_endpoint(const Request& request, const cloud::Registry& registry, const Site& site) {
  Constraints constraints;
  const std::string type =
      constraints.query_text(request, "endpointType", rules::kEndpointType).value_or("iot:Data-ATS");
  XL_CHECK(constraints.result());
  if (type != "iot:Data-ATS" && type != "iot:Data")
    return fail(exceptions::kInvalidRequest, "The endpoint type " + type + " is not offered here. Use iot:Data-ATS.");
  XL_TRY(const auto address, cloud::onboarding::endpoint_told(registry, request.account, site.options.domain));
  return Reply{{"endpointAddress", address}};
}

}  // namespace xl::api
