// SPDX-License-Identifier: Apache-2.0
#include "thing_commands.hpp"

#include <cstdio>

#include "account_commands.hpp"
#include "cloud/onboarding/offboard.hpp"

namespace xl::app {

Status offboard_thing(const Options& options) {
  XL_TRY(const Opened opened, open_account(options));
  cloud::onboarding::Offboarded done;
  XL_CHECK(opened.cloud.registry->write([&](cloud::Registry& registry) -> Status {
    XL_TRY(done, cloud::onboarding::offboard(registry, opened.account, options.thing_name, wall_now()));
    return {};
  }));
  if (!done.was_there) {
    std::printf("account %s has no thing %s; nothing was left to do\n", opened.account.name.c_str(),
                options.thing_name.c_str());
    return {};
  }
  std::printf("offboarded %s from account %s\n", options.thing_name.c_str(), opened.account.name.c_str());
  for (const std::string& id : done.deleted_certificates) std::printf("deleted    certificate %s\n", id.c_str());
  for (const std::string& id : done.kept_certificates)
    std::printf("kept       certificate %s, which other things have too\n", id.c_str());
  return {};
}

}  // namespace xl::app
