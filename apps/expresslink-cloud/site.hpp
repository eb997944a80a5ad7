// SPDX-License-Identifier: Apache-2.0
// Which part of the cloud answers an HTTP request: health and metrics, the console, or the AWS-compatible API.
#pragma once
#include <string>
#include <vector>

#include "api/api.hpp"
#include "console/console.hpp"
#include "gateway/gateway.hpp"
#include "installation/errand_round.hpp"
#include "net/http.hpp"

namespace xl::app {

struct Site {
  gateway::Gateway& gateway;
  api::Api& api;
  console::Console& console;
  cloud::RegistryStore& registry;
  std::string root_ca_pem;
  std::vector<std::string> hosts;  ///< names accepted in Host, without port; "*.suffix" allowed
  const installation::ErrandCounts& errands;

  void handle(net::HttpRequest request, std::shared_ptr<net::HttpResponder> responder);
};

}  // namespace xl::app
