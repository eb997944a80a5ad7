// SPDX-License-Identifier: Apache-2.0
#include "console/claim_wizard.hpp"

#include <arpa/inet.h>

#include <array>
#include <boost/json.hpp>

#include "base/log.hpp"
#include "base/text.hpp"
#include "console/answers.hpp"
#include "console/cookie.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace xl::console {
namespace json = boost::json;
namespace onboarding = cloud::onboarding;
namespace {

constexpr std::string_view kCookie = "claim_visitor";
constexpr std::size_t kBodyBytesMax = 4 << 10;

net::HttpResponse no_such_page() { return refusal(404, "There is no such page."); }

net::HttpResponse failure(const Error& error) {
  if (error.code == Errc::forbidden) return refusal(403, error.detail);
  if (error.code == Errc::not_found) return no_such_page();
  if (error.code == Errc::conflict) return refusal(409, "There is nothing to try again now.");
  log::error("console", "request of the claim wizard failed", {{"what", error.detail}});
  return refusal(500, "The server could not do this; its log tells why.");
}

/// What a visitor may know of his claim: reasons speak of the account's inside and stay there.
json::object shown(const cloud::Claim& claim, const std::vector<cloud::ClaimEntry>& history, bool is_current) {
  json::array entries;
  for (const cloud::ClaimEntry& entry : history)
    entries.push_back({{"state", name_of(entry.state)}, {"stall", name_of(entry.stall)}, {"at", to_millis(entry.at)}});
  return {{"id", claim.id},
          {"thingName", claim.thing_name},
          {"state", name_of(claim.state)},
          {"stall", name_of(claim.stall)},
          {"since", to_millis(claim.modified)},
          {"isCurrent", is_current},
          {"history", std::move(entries)}};
}

Result<json::object> shown(const cloud::Registry& registry, const cloud::Claim& claim) {
  XL_TRY(const auto history, registry.claims().history(claim.id));
  XL_TRY(const bool is_current, onboarding::is_current(registry, claim));
  return shown(claim, history, is_current);
}

net::HttpResponse answer(const Result<json::object>& claim) {
  if (!claim) return failure(claim.error());
  net::HttpResponse response = done(200);
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = json::serialize(*claim);
  return response;
}

bool is_read(const net::HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

}  // namespace

bool ClaimAttempts::begin(const std::string& peer_address, const std::string& account_id, UnixMillis now) {
  const std::scoped_lock lock(mutex_);
  const std::string network = network_of(peer_address);
  if (!of_network_.allows(network, now) || !of_account_.allows(account_id, now)) return false;
  of_network_.note_failure(network, now);
  of_account_.note_failure(account_id, now);
  return true;
}

void ClaimAttempts::forgive(const std::string& peer_address, const std::string& account_id) {
  const std::scoped_lock lock(mutex_);
  of_network_.forgive(network_of(peer_address));
  of_account_.forgive(account_id);
}

std::string network_of(const std::string& address) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return address;
  for (std::size_t i = 8; i < sizeof parsed.s6_addr; ++i) parsed.s6_addr[i] = 0;
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET6, &parsed, text.data(), text.size());
}

/// Who asks for what: of the account, the claim that the path names, if any.
struct ClaimWizard::Visit {
  cloud::Account account;
  std::string visitor_sha256;
  std::string claim_id;

  Result<cloud::Claim> claim(const cloud::Registry& registry) const {
    return onboarding::claim_of_visitor(registry, account, claim_id, visitor_sha256, wall_now());
  }
};

ClaimWizard::ClaimWizard(cloud::RegistryStore& registry, cloud::MessageBus& bus, cloud::Presence& presence,
                         onboarding::Settings settings, const StaticFiles& files)
    : registry_(registry),
      settings_(std::move(settings)),
      files_(files),
      feeds_(std::make_shared<Feeds>(registry, bus, presence, kLookEvery)) {}

Result<cloud::Account> ClaimWizard::account_of(std::string_view name) {
  if (!view_) {
    XL_TRY(view_, registry_.open_view());
  }
  XL_TRY(cloud::Account account, view_->accounts().find_by_name(name));
  XL_TRY(const bool is_on, onboarding::has_wizard(*view_, account));
  if (!is_on) return fail(Error::not_found("claim wizard", name));
  return account;
}

void ClaimWizard::handle(const net::HttpRequest& request, const Responder& responder) {
  const auto parts = split(request.path(), '/');  // "", "claim", account, …
  if (parts.size() < 3) return responder->respond(no_such_page());
  const auto account = account_of(parts[2]);
  if (!account) return responder->respond(failure(account.error()));
  if (parts.size() >= 4 && parts[3] == "claims") return serve_claims(request, parts, *account, responder);
  const bool is_page = parts.size() == 3 || (parts.size() == 4 && (parts[3].empty() || parts[3].starts_with("clm-")));
  const bool is_logo = parts.size() == 4 && parts[3] == "logo";
  if (!is_page && !is_logo) return responder->respond(no_such_page());
  if (!is_read(request)) return responder->respond(refusal(405, "This address answers GET and HEAD."));
  responder->respond(is_page ? page(request, account->name) : logo(account->name));
}

/// Every visit lengthens the cookie's life. SameSite=Lax: who comes by a link from elsewhere must not be taken for a
/// new visitor, which would lose him the claims that he has made.
net::HttpResponse ClaimWizard::page(const net::HttpRequest& request, const std::string& account_name) const {
  net::HttpResponse response = files_.index();
  const std::string visitor = find_cookie(request, kCookie).value_or(crypto::random_hex(32));
  const auto seconds = std::chrono::seconds(onboarding::kVisitorGrantLifetime).count();
  response.headers.emplace_back("Set-Cookie", std::string(kCookie) + "=" + visitor + "; Path=/claim/" + account_name +
                                                  "; Max-Age=" + std::to_string(seconds) + "; HttpOnly; SameSite=Lax" +
                                                  (request.secure ? "; Secure" : ""));
  return response;
}

net::HttpResponse ClaimWizard::logo(const std::string& account_name) const {
  net::HttpResponse own = files_.file("/brand/" + account_name + ".svg");
  return own.status == 200 ? own : files_.file("/brand/default.svg");
}

void ClaimWizard::serve_claims(const net::HttpRequest& request, const std::vector<std::string_view>& parts,
                               const cloud::Account& account, const Responder& responder) {
  const auto visitor = find_cookie(request, kCookie);
  if (!visitor) return responder->respond(refusal(401, "Allow cookies for this page and load it again."));
  Visit visit{account, crypto::sha256_hex(*visitor), std::string(parts.size() > 4 ? parts[4] : "")};
  const bool is_post = request.method == "POST";
  if (is_post && !is_from_script(request)) return responder->respond(refusal(415, "Send application/json."));
  if (parts.size() == 4 && is_post) return claim(request, visit, responder);
  if (parts.size() == 5 && request.method == "GET") return serve_one(request, "", visit, responder);
  if (parts.size() == 6) return serve_one(request, parts[5], visit, responder);
  responder->respond(no_such_page());
}

void ClaimWizard::serve_one(const net::HttpRequest& request, std::string_view action, const Visit& visit,
                            const Responder& responder) {
  const auto claim = visit.claim(*view_);
  if (!claim) return responder->respond(failure(claim.error()));
  if (action.empty()) return responder->respond(answer(shown(*view_, *claim)));
  if (action == "events" && request.method == "GET") return stream(visit, responder);
  if (action == "retry" && request.method == "POST") return retry(request, visit, responder);
  responder->respond(no_such_page());
}

void ClaimWizard::claim(const net::HttpRequest& request, const Visit& visit, const Responder& responder) {
  if (request.body.size() > kBodyBytesMax) return responder->respond(refusal(413, "The request is too large."));
  const auto text = text_member(request.body, "label");
  if (!text) return responder->respond(refusal(400, "The body must be {\"label\": text}."));
  const auto label = crypto::parse_label(trim(*text));
  if (!label) return responder->respond(refusal(400, "The label cannot be read: " + label.error().detail + "."));
  if (!attempts_->begin(request.peer_address, visit.account.id, wall_now())) {
    auto response = refusal(429, "Too many attempts; wait a minute.");
    response.headers.emplace_back("Retry-After", "60");
    return responder->respond(std::move(response));
  }
  auto claimed = std::make_shared<Result<json::object>>(fail(Error::internal("nothing was claimed")));
  registry_.submit(
      [settings = settings_, visit, label = *label, claimed](cloud::Registry& registry) -> Status {
        XL_TRY(const cloud::Claim claim,
               onboarding::claim_as_visitor(registry, settings, visit.account,
                                            {label.thing_name, label.voucher, "", "", label.fingerprint},
                                            visit.visitor_sha256, wall_now()));
        *claimed = shown(registry, claim);
        return claimed->map([](const json::object&) {});
      },
      [attempts = attempts_, address = request.peer_address, account = visit.account.id, claimed,
       responder](const Status& status) {
        if (status) attempts->forgive(address, account);
        responder->respond(status ? answer(*claimed) : failure(status.error()));
      });
}

/// Each time the module may be told anew: that is worth as much care as a claim.
void ClaimWizard::retry(const net::HttpRequest& request, const Visit& visit, const Responder& responder) {
  if (!attempts_->begin(request.peer_address, visit.account.id, wall_now()))
    return responder->respond(refusal(429, "Too many attempts; wait a minute."));
  auto retried = std::make_shared<Result<json::object>>(fail(Error::internal("nothing was retried")));
  registry_.submit(
      [settings = settings_, visit, retried](cloud::Registry& registry) -> Status {
        XL_CHECK(visit.claim(registry));
        XL_TRY(const cloud::Claim claim,
               onboarding::retry(registry, settings, visit.account, visit.claim_id, wall_now()));
        *retried = shown(registry, claim);
        return retried->map([](const json::object&) {});
      },
      [retried, responder](const Status& status) {
        responder->respond(status ? answer(*retried) : failure(status.error()));
      });
}

void ClaimWizard::stream(const Visit& visit, const Responder& responder) {
  const auto claim = visit.claim(*view_);
  if (!claim) return responder->respond(failure(claim.error()));
  const auto is_current = onboarding::is_current(*view_, *claim);
  if (!is_current) return responder->respond(failure(is_current.error()));
  if (!*is_current) return responder->respond(refusal(409, "This claim is over."));
  if (const Status room = feeds_->check_room(claim->thing_name); !room)
    return responder->respond(refusal(429, room.error().detail));
  Viewer viewer{visit.account.id, claim->thing_name, {{claim->thing_name + "/#", "message"}}, {}};
  viewer.look = [visit, epoch = std::int64_t{0}](const cloud::Registry& registry, net::EventStream& stream) mutable {
    const auto seen = visit.claim(registry);
    if (!seen) return seen.error().code != Errc::not_found;
    if (seen->epoch != epoch) {
      const auto state = shown(registry, *seen);
      if (!state) return true;  // the registry cannot be read now; the next look may
      stream.send("claim", json::serialize(*state));
      epoch = seen->epoch;
    }
    return onboarding::is_current(registry, *seen).value_or(true);
  };
  const auto stream = responder->start_event_stream(security_headers());
  viewer.look(*view_, *stream);
  feeds_->open(std::move(viewer), stream);
}

}  // namespace xl::console
