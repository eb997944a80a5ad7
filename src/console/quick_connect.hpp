// SPDX-License-Identifier: Apache-2.0
// The page of one module: sign-in with the viewer secret, the live stream, commands to the host.
#pragma once
#include <memory>

#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "console/feeds.hpp"
#include "console/page_path.hpp"
#include "console/sessions.hpp"
#include "console/throttle.hpp"
#include "net/http.hpp"

namespace xl::console {

/// All calls on the HTTP server's thread.
class QuickConnect {
 public:
  using Responder = std::shared_ptr<net::HttpResponder>;

  QuickConnect(cloud::RegistryStore& registry, cloud::MessageBus& bus, cloud::Presence& presence);

  /// POST /q/{thing}/session {"secret"}: 204 and the cookie; 403 for a wrong secret and for an unknown thing alike;
  /// 429 after too many of them.
  net::HttpResponse sign_in(const net::HttpRequest& request, const std::string& thing_name);
  /// GET /q/{thing}/events: server-sent events `message`, `state` and `presence`; 401 without a session.
  void stream(const net::HttpRequest& request, const std::string& thing_name, const Responder& responder);
  /// POST /q/{thing}/command {"payload"}: 202 when it is on its way, 409 when the module is offline, 503 when the
  /// MQTT engine is away, 401 without a session.
  net::HttpResponse command(const net::HttpRequest& request, const std::string& thing_name);

 private:
  Status open_view();
  Result<cloud::ViewerGrants::Grant> grant_for(const std::string& thing_name, const std::string& secret,
                                               UnixMillis now) const;
  /// errors: forbidden (no session, or its grant has ended)
  Result<Session> session_of(const net::HttpRequest& request, const std::string& thing_name);

  cloud::RegistryStore& registry_;
  cloud::MessageBus& bus_;
  cloud::Presence& presence_;
  std::unique_ptr<const cloud::Registry> view_;
  Sessions sessions_;
  Throttle throttle_;
  const std::shared_ptr<Feeds> feeds_;
};

}  // namespace xl::console
