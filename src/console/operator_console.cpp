// SPDX-License-Identifier: Apache-2.0
#include "console/operator_console.hpp"

#include <boost/json.hpp>

#include "base/log.hpp"
#include "base/text.hpp"
#include "cloud/onboarding/wizard.hpp"
#include "console/answers.hpp"
#include "console/operator_views.hpp"

namespace xl::console {
namespace json = boost::json;
namespace onboarding = cloud::onboarding;
namespace {

constexpr std::size_t kBodyBytesMax = 4 << 10;

net::HttpResponse no_such_page() { return refusal(404, "There is no such page."); }

net::HttpResponse answer(const Result<json::object>& result) {
  if (result) {
    net::HttpResponse response = done(200);
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = json::serialize(*result);
    return response;
  }
  const Error& error = result.error();
  if (error.code == Errc::not_found) return refusal(404, error.detail);
  if (error.code == Errc::conflict) return refusal(409, error.detail);
  log::error("console", "request of an operator failed", {{"what", error.detail}});
  return refusal(500, "The server could not do this; its log tells why.");
}

json::object shown(const Operator& who, const cloud::Registry& registry) {
  const bool is_vendor = who.account.kind == cloud::AccountKind::staging;
  return {{"accountId", who.account.id},
          {"accountName", who.account.name},
          {"kind", is_vendor ? "staging" : "customer"},
          {"hasWizard", onboarding::has_wizard(registry, who.account).value_or(false)},
          {"mayChange", !is_vendor && who.role != cloud::Role::read_only},
          {"mayClose", who.role == cloud::Role::admin}};
}

/// Of the query; empty: it is not there.
std::string parameter_of(const net::HttpRequest& request, std::string_view name) {
  for (const std::string_view pair : split(request.query(), '&')) {
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return percent_decode(pair.substr(name.size() + 1)).value_or("");
  }
  return {};
}

bool is_forced(std::string_view body) {
  json::error_code error;
  const json::value value = json::parse(body, error);
  const json::value* force = !error && value.is_object() ? value.get_object().if_contains("force") : nullptr;
  return force != nullptr && force->is_bool() && force->get_bool();
}

}  // namespace

OperatorConsole::OperatorConsole(cloud::RegistryStore& registry, onboarding::Settings settings,
                                 Authenticate authenticate, const StaticFiles& files)
    : registry_(registry), settings_(std::move(settings)), authenticate_(std::move(authenticate)), files_(files) {}

void OperatorConsole::handle(const net::HttpRequest& request, const Responder& responder) {
  const auto parts = split(request.path(), '/');  // "", "console", "api", …
  const bool is_api = parts.size() >= 4 && parts[2] == "api";
  if (is_api) return serve(request, parts, responder);
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  responder->respond(is_read ? files_.index() : refusal(405, "This address answers GET and HEAD."));
}

void OperatorConsole::serve(const net::HttpRequest& request, const std::vector<std::string_view>& parts,
                            const Responder& responder) {
  if (!view_) {
    auto opened = registry_.open_view();
    if (!opened) return responder->respond(answer(fail(opened.error())));
    view_ = *std::move(opened);
  }
  const bool is_session = parts.size() == 4 && parts[3] == "session";
  if (request.method != "GET" && !is_from_script(request))
    return responder->respond(refusal(415, "Send application/json."));
  if (is_session && request.method == "POST") return responder->respond(sign_in(request));
  if (is_session && request.method == "DELETE") {
    auto response = done(204);
    response.headers.emplace_back("Set-Cookie", sessions_.close(request));
    return responder->respond(std::move(response));
  }
  const Operator* who = sessions_.find(request, *view_, wall_now());
  if (who == nullptr) return responder->respond(refusal(401, "Sign in with an access key of the account."));
  if (is_session) return responder->respond(answer(shown(*who, *view_)));
  if (request.method == "GET") return responder->respond(look(request, parts, *who));
  if (request.method == "POST" && parts.size() == 6 && parts[3] == "claims")
    return change(request, parts[4], parts[5], *who, responder);
  if (request.method == "POST" && parts.size() == 6 && parts[3] == "findings" && parts[5] == "close")
    return close_finding(std::string(parts[4]), *who, responder);
  responder->respond(no_such_page());
}

net::HttpResponse OperatorConsole::sign_in(const net::HttpRequest& request) {
  const UnixMillis now = wall_now();
  if (!throttle_.allows(request.peer_address, now)) return refusal(429, "Too many attempts; wait a minute.");
  const auto who = authenticate_(request, *view_);
  if (!who) {
    if (who.error().code != Errc::forbidden) return answer(fail(who.error()));
    throttle_.note_failure(request.peer_address, now);
    return refusal(403, who.error().detail);
  }
  auto response = answer(shown(*who, *view_));
  response.headers.emplace_back("Set-Cookie", sessions_.open(*who, request, now));
  return response;
}

net::HttpResponse OperatorConsole::look(const net::HttpRequest& request, const std::vector<std::string_view>& parts,
                                        const Operator& who) const {
  const OperatorViews views(*view_, who.account, settings_);
  const std::string_view what = parts[3];
  const std::string after = parameter_of(request, "after");
  if (parts.size() == 5 && what == "things") {
    const auto name = percent_decode(parts[4]);
    return name ? answer(views.thing(*name)) : no_such_page();
  }
  if (parts.size() != 4) return no_such_page();
  if (what == "fleet") return answer(views.fleet(after));
  if (what == "claims") return answer(views.claims(after));
  if (what == "stuck") return answer(views.stuck_claims(wall_now()));
  if (what == "findings") return answer(views.findings(after, parameter_of(request, "closed") == "1"));
  if (what == "grants" && who.account.kind == cloud::AccountKind::staging) return answer(views.grants());
  return no_such_page();
}

void OperatorConsole::change(const net::HttpRequest& request, std::string_view claim_id, std::string_view action,
                             const Operator& who, const Responder& responder) {
  if (action != "retry" && action != "cancel") return responder->respond(no_such_page());
  if (who.role == cloud::Role::read_only)
    return responder->respond(refusal(403, "The key that you have signed in with may only look."));
  if (request.body.size() > kBodyBytesMax) return responder->respond(refusal(413, "The request is too large."));
  const bool is_retry = action == "retry", force = is_forced(request.body);
  commit(
      [=, settings = settings_, account = who.account,
       id = std::string(claim_id)](cloud::Registry& registry) -> Result<json::object> {
        const UnixMillis now = wall_now();
        XL_TRY(const cloud::Claim claim, is_retry ? onboarding::retry(registry, settings, account, id, now)
                                                  : onboarding::cancel(registry, settings, account, id, force, now));
        return OperatorViews(registry, account, settings).shown(claim);
      },
      responder);
}

void OperatorConsole::close_finding(const std::string& id, const Operator& who, const Responder& responder) {
  if (who.role != cloud::Role::admin)
    return responder->respond(refusal(403, "Only a key of the role admin may close a finding."));
  commit(
      [id, account = who.account.id](cloud::Registry& registry) -> Result<json::object> {
        XL_CHECK(registry.findings().close(account, id));
        XL_TRY(const cloud::Finding finding, registry.findings().find(account, id));
        return OperatorViews::shown(finding);
      },
      responder);
}

void OperatorConsole::commit(std::function<Result<json::object>(cloud::Registry&)> change, const Responder& responder) {
  auto changed = std::make_shared<Result<json::object>>(fail(Error::internal("nothing was changed")));
  registry_.submit(
      [changed, change = std::move(change)](cloud::Registry& registry) -> Status {
        *changed = change(registry);
        return changed->map([](const json::object&) {});
      },
      [changed, responder](const Status& status) {
        responder->respond(answer(status ? *changed : Result<json::object>(fail(status.error()))));
      });
}

}  // namespace xl::console
