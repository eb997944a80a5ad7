// SPDX-License-Identifier: Apache-2.0
// The web pages: Quick Connect, the claim wizard, the operators' pages.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "console/operator_sessions.hpp"
#include "net/http.hpp"

namespace xl::console {

struct ConsoleOptions {
  std::filesystem::path web_root;  ///< the built single-page app (web/dist)
  cloud::onboarding::Settings onboarding{};
  Authenticate authenticate{};  ///< of operators
};

class Console {
 public:
  virtual ~Console() = default;
  /// True when the path is the console's (`/`, `/q/…`, `/claim/…`, `/console`, `/assets/…`): the request is then
  /// answered.
  virtual bool handles(const net::HttpRequest& request) const = 0;
  virtual void handle(net::HttpRequest request, std::shared_ptr<net::HttpResponder> responder) = 0;
};
std::unique_ptr<Console> make_console(ConsoleOptions options, cloud::RegistryStore& registry, cloud::MessageBus& bus,
                                      cloud::Presence& presence);

}  // namespace xl::console
