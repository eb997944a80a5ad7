// SPDX-License-Identifier: Apache-2.0
#include "console/console.hpp"

#include "console/answers.hpp"
#include "console/claim_wizard.hpp"
#include "console/operator_console.hpp"
#include "console/page_path.hpp"
#include "console/quick_connect.hpp"
#include "console/static_files.hpp"

namespace xl::console {
namespace {

bool is_read(const net::HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

net::HttpResponse only(std::string_view methods) {
  auto response = refusal(405, "This address answers " + std::string(methods) + ".");
  response.headers.emplace_back("Allow", methods);
  return response;
}

class WebConsole final : public Console {
 public:
  WebConsole(const ConsoleOptions& options, cloud::RegistryStore& registry, cloud::MessageBus& bus,
             cloud::Presence& presence)
      : files_(options.web_root),
        quick_connect_(registry, bus, presence),
        claim_wizard_(registry, bus, presence, options.onboarding, files_),
        operators_(registry, options.onboarding, options.authenticate, files_) {}

  bool handles(const net::HttpRequest& request) const override {
    const std::string_view path = request.path();
    if (path == "/") return is_read(request);  // POST / is sts
    if (path.starts_with("/claim/") || path == "/console" || path.starts_with("/console/")) return true;
    return path.starts_with("/q/") || path.starts_with("/assets/") || path == "/favicon.ico" || path == "/favicon.svg";
  }

  void handle(net::HttpRequest request, std::shared_ptr<net::HttpResponder> responder) override {
    const std::string_view path = request.path();
    if (path.starts_with("/q/")) return quick_connect(request, responder);
    if (path.starts_with("/claim/")) return claim_wizard_.handle(request, responder);
    if (path == "/console" || path.starts_with("/console/")) return operators_.handle(request, responder);
    if (!is_read(request)) return responder->respond(only("GET, HEAD"));
    responder->respond(path == "/" ? files_.index() : files_.file(path));
  }

 private:
  void quick_connect(const net::HttpRequest& request, const std::shared_ptr<net::HttpResponder>& responder) {
    const auto page = parse_page_path(request.path());
    const std::string action = page ? page->action : "?";
    if (action.empty()) return responder->respond(is_read(request) ? files_.index() : only("GET, HEAD"));
    if (action == "events") {
      if (request.method != "GET") return responder->respond(only("GET"));
      return quick_connect_.stream(request, page->thing_name, responder);
    }
    if (action != "session" && action != "command") {
      return responder->respond(refusal(404, "There is no such page."));
    }
    if (request.method != "POST") return responder->respond(only("POST"));
    responder->respond(action == "session" ? quick_connect_.sign_in(request, page->thing_name)
                                           : quick_connect_.command(request, page->thing_name));
  }

  const StaticFiles files_;
  QuickConnect quick_connect_;
  ClaimWizard claim_wizard_;
  OperatorConsole operators_;
};

}  // namespace

std::unique_ptr<Console> make_console(ConsoleOptions options, cloud::RegistryStore& registry, cloud::MessageBus& bus,
                                      cloud::Presence& presence) {
  return std::make_unique<WebConsole>(options, registry, bus, presence);
}

}  // namespace xl::console
