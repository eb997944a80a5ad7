// SPDX-License-Identifier: Apache-2.0
// An operation of our own: AWS needs a dozen calls for it, and half of them leave half of it (docs/control-plane.md).
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "cloud/onboarding/offboard.hpp"

namespace xl::api {
namespace {

boost::json::array texts(const std::vector<std::string>& items) {
  boost::json::array out;
  for (const std::string& item : items) out.push_back(boost::json::string(item));
  return out;
}

}  // namespace

tl::expected<Change, Fault> offboard_thing(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  return [account = request.account, name, now = request.now](cloud::Registry& registry) -> Outcome {
    const auto done = cloud::onboarding::offboard(registry, account, name, now);
    if (!done && done.error().code == Errc::conflict)
      return fail(exceptions::kCertificateState, Fault(done.error()).message);
    XL_CHECK(done);
    return Reply{{"thingName", name},
                 {"deletedCertificates", texts(done->deleted_certificates)},
                 {"keptCertificates", texts(done->kept_certificates)}};
  };
}

}  // namespace xl::api
