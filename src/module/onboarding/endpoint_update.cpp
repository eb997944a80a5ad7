// SPDX-License-Identifier: Apache-2.0
#include "module/onboarding/endpoint_update.hpp"

#include "module/onboarding/host_name.hpp"
#include "module/onboarding/json_reader.hpp"

namespace xl::module::onboarding {

std::optional<HostName> requested_endpoint(ByteView payload) {
  JsonReader reader(as_text(payload));
  std::optional<HostName> endpoint;
  bool is_ambiguous = false;
  const bool well_formed = reader.read_object([&](std::string_view name) {
    if (name != "Endpoint") return reader.skip_value();
    is_ambiguous = endpoint.has_value();
    return reader.read_string(endpoint.emplace());
  });
  if (!well_formed || !reader.at_end() || is_ambiguous || !endpoint) return std::nullopt;
  if (!is_host_name(endpoint->view())) return std::nullopt;
  return endpoint;
}

}  // namespace xl::module::onboarding
