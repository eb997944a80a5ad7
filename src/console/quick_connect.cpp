// SPDX-License-Identifier: Apache-2.0
#include "console/quick_connect.hpp"

#include "base/log.hpp"
#include "console/answers.hpp"
#include "console/cookie.hpp"
#include "console/static_files.hpp"
#include "crypto/digest.hpp"

namespace xl::console {
namespace {

constexpr std::size_t kBodyBytesMax = 32 << 10;  // a payload of 4 KiB, every byte escaped as \u00xx
constexpr std::size_t kPayloadBytesMax = 4 << 10;

net::HttpResponse failure(const Error& error) {
  if (error.code == Errc::forbidden) return refusal(401, error.detail);
  if (error.code == Errc::invalid_argument) return refusal(400, error.detail);
  if (error.code == Errc::unavailable) return refusal(503, "The MQTT engine cannot be reached; try again in a moment.");
  log::error("console", "request failed", {{"what", error.detail}});
  return refusal(500, "The server could not do this; its log tells why.");
}

/// The member of a small JSON body that a script sent; else the refusal.
tl::expected<std::string, net::HttpResponse> asked_for(const net::HttpRequest& request, std::string_view member) {
  if (!is_from_script(request)) return tl::make_unexpected(refusal(415, "Send application/json."));
  if (request.body.size() > kBodyBytesMax) return tl::make_unexpected(refusal(413, "The request is too large."));
  auto text = text_member(request.body, member);
  if (!text) return tl::make_unexpected(refusal(400, "The body must be {\"" + std::string(member) + "\": text}."));
  return *std::move(text);
}

}  // namespace

QuickConnect::QuickConnect(cloud::RegistryStore& registry, cloud::MessageBus& bus, cloud::Presence& presence)
    : registry_(registry), bus_(bus), presence_(presence), feeds_(std::make_shared<Feeds>(registry, bus, presence)) {}

Status QuickConnect::open_view() {
  if (view_) return {};
  XL_TRY(view_, registry_.open_view());
  return {};
}

/// errors: forbidden, whatever the reason; others when the registry fails
Result<cloud::ViewerGrants::Grant> QuickConnect::grant_for(const std::string& thing_name, const std::string& secret,
                                                           UnixMillis now) const {
  const std::string shown = crypto::sha256_hex(secret);
  auto grant = view_->viewer_grants().find_by_thing(thing_name);
  if (!grant && grant.error().code != Errc::not_found) return grant;
  const std::string expected = grant ? grant->secret_sha256 : std::string(shown.size(), '-');
  const bool right = crypto::equal_constant_time(shown, expected);
  if (!grant || !right || now >= grant->expires) return fail(Error::forbidden("The secret is not right or expired."));
  return grant;
}

net::HttpResponse QuickConnect::sign_in(const net::HttpRequest& request, const std::string& thing_name) {
  const auto secret = asked_for(request, "secret");
  if (!secret) return secret.error();
  const UnixMillis now = wall_now();
  const std::string key = request.peer_address + " " + thing_name;
  if (!throttle_.allows(key, now)) {
    auto response = refusal(429, "Too many attempts; wait a minute.");
    response.headers.emplace_back("Retry-After", "60");
    return response;
  }
  if (const Status opened = open_view(); !opened) return failure(opened.error());
  const auto grant = grant_for(thing_name, *secret, now);
  if (!grant) {
    if (grant.error().code != Errc::forbidden) return failure(grant.error());
    throttle_.note_failure(key, now);
    return refusal(403, "This link is not valid or no longer valid. Run quick-connect again for a new one.");
  }
  auto response = done(204);
  response.headers.emplace_back("Set-Cookie",
                                session_cookie_for(sessions_.open(*grant, now), thing_name, request.secure));
  return response;
}

Result<Session> QuickConnect::session_of(const net::HttpRequest& request, const std::string& thing_name) {
  const Error refused = Error::forbidden("Sign in with the link that quick-connect printed.");
  const auto id = session_cookie(request);
  if (!id) return fail(refused);
  const UnixMillis now = wall_now();
  auto session = sessions_.find(*id, thing_name, now);
  if (!session) return fail(refused);
  XL_CHECK(open_view());
  const auto grant = view_->viewer_grants().find(session->account_id, thing_name);
  if (!grant && grant.error().code != Errc::not_found) return fail(grant.error());
  if (!grant || !session->is_backed_by(*grant, now)) {
    sessions_.close(*id);
    return fail(refused);
  }
  return *std::move(session);
}

void QuickConnect::stream(const net::HttpRequest& request, const std::string& thing_name, const Responder& responder) {
  const auto session = session_of(request, thing_name);
  if (!session) return responder->respond(failure(session.error()));
  if (const Status room = feeds_->check_room(thing_name); !room)
    return responder->respond(refusal(429, room.error().detail));
  feeds_->open(viewer_of(*session), responder->start_event_stream(security_headers()));
}

net::HttpResponse QuickConnect::command(const net::HttpRequest& request, const std::string& thing_name) {
  const auto session = session_of(request, thing_name);
  if (!session) return failure(session.error());
  auto payload = asked_for(request, "payload");
  if (!payload) return payload.error();
  if (payload->size() > kPayloadBytesMax) return refusal(413, "A command has at most 4096 bytes.");
  if (!presence_.is_connected(session->account_id, thing_name))
    return refusal(409, "The module is not connected, so it cannot receive a command now.");
  const Status sent = bus_.publish(session->account_id, {thing_name + "/state", *std::move(payload), 1, false});
  return sent ? done(202) : failure(sent.error());
}

}  // namespace xl::console
