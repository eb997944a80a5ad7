// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "cloud/services/fleet_provisioning.hpp"
#include "cloud/services/jobs.hpp"
#include "cloud/services/service.hpp"

namespace xl::cloud::services {
namespace {

constexpr std::array kServices{kJobs, kFleetProvisioning};

const Service* service_of(std::string_view topic, const std::optional<std::string>& thing_name) {
  const auto found =
      std::ranges::find_if(kServices, [&](const Service& service) { return service.takes(topic, thing_name); });
  return found != kServices.end() ? &*found : nullptr;
}

}  // namespace

bool is_request(std::string_view topic, const std::optional<std::string>& thing_name) {
  return service_of(topic, thing_name) != nullptr;
}

Outcome answer(const Backend& backend, const Asker& asker, const Message& request, const Later& later) {
  const Service* service = service_of(request.topic, asker.thing_name);
  return service != nullptr ? service->answer(backend, asker, request, later) : Outcome();
}

}  // namespace xl::cloud::services
