// SPDX-License-Identifier: Apache-2.0
#include "api/sts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "api/request.hpp"
#include "api/session_tokens.hpp"
#include "crypto/sigv4.hpp"

namespace xl::api::sts {
namespace {

constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f ? c : '?';
    }
  }
  return out;
}

std::string element(std::string_view name, std::string_view content) {
  return "<" + std::string(name) + ">" + std::string(content) + "</" + std::string(name) + ">";
}

/// The rest of the service model.
constexpr std::array<std::string_view, 7> kNotServed{
    "AssumeRole",       "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage",
    "GetAccessKeyInfo", "GetFederationToken"};

std::string document(std::string_view name, std::string_view content) {
  return "<" + std::string(name) + " xmlns=\"" + std::string(kNamespace) + "\">" + std::string(content) + "</" +
         std::string(name) + ">\n";
}

net::HttpResponse xml_response(int status, std::string body, const std::string& request_id) {
  return {status,
          {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", request_id}, {"Cache-Control", "no-store"}},
          std::move(body)};
}

std::string identity_of(const Caller& caller) {
  return element("Arn", escaped(arn_of(caller))) + element("UserId", escaped(caller.access_key_id)) +
         element("Account", caller.account.id);
}

/// errors: ValidationError, AccessDenied
tl::expected<std::string, Fault> session_of(const Caller& caller, const Parameters& form,
                                            const crypto::AeadKey& master_key) {
  const std::string stated = find_parameter(form, "DurationSeconds").value_or(std::to_string(kSessionSecondsDefault));
  int seconds = 0;
  const auto [stop, error] = std::from_chars(stated.data(), stated.data() + stated.size(), seconds);
  if (error != std::errc() || *stop != '\0' || seconds < kSessionSecondsMin || seconds > kSessionSecondsMax) {
    return fail({"ValidationError", 400}, "DurationSeconds must be between " + std::to_string(kSessionSecondsMin) +
                                              " and " + std::to_string(kSessionSecondsMax) + ".");
  }
  if (caller.is_session()) return fail({"AccessDenied", 403}, "Cannot call GetSessionToken with session credentials");
  const UnixMillis expires = wall_now() + std::chrono::seconds(seconds);
  const crypto::Credentials session = issue_session(master_key, caller.long_term_key_id, expires);
  return element("Credentials", element("AccessKeyId", session.access_key_id) +
                                    element("SecretAccessKey", session.secret_access_key) +
                                    element("SessionToken", escaped(session.session_token)) +
                                    element("Expiration", iso8601_extended(expires)));
}

tl::expected<std::string, Fault> result_of(std::string_view action, const Caller& caller, const Parameters& form,
                                           const crypto::AeadKey& master_key) {
  if (action == "GetCallerIdentity") return identity_of(caller);
  if (action == "GetSessionToken") return session_of(caller, form, master_key);
  if (std::ranges::find(kNotServed, action) != kNotServed.end()) {
    return fail(exceptions::kNotImplemented,
                "The operation " + std::string(action) + " is not implemented by Open ExpressLink.");
  }
  return fail({"InvalidAction", 400}, "The action " + std::string(action) + " is not valid for this web service.");
}

}  // namespace

bool is_for_sts(const net::HttpRequest& request) { return crypto::normalized_path(request.path()) == "/"; }

net::HttpResponse answer(const net::HttpRequest& request, const Caller& caller, const crypto::AeadKey& master_key,
                         const std::string& request_id) {
  const bool is_post = request.method == "POST";
  const auto form = parse_parameters(is_post ? std::string_view(request.body) : request.query(), Plus::is_space);
  const auto action = form ? find_parameter(*form, "Action") : std::nullopt;
  if (!action) return error_response({{"MissingAction", 400}, "The request has no Action parameter."}, request_id);
  const auto content = result_of(*action, caller, *form, master_key);
  if (!content) return error_response(content.error(), request_id);
  return xml_response(200,
                      document(*action + "Response", element(*action + "Result", *content) +
                                                         element("ResponseMetadata", element("RequestId", request_id))),
                      request_id);
}

net::HttpResponse error_response(const Fault& fault, const std::string& request_id) {
  const bool theirs = fault.exception.status < 500;
  const std::string error = element("Type", theirs ? "Sender" : "Receiver") +
                            element("Code", escaped(fault.exception.name)) + element("Message", escaped(fault.message));
  return xml_response(fault.exception.status,
                      document("ErrorResponse", element("Error", error) + element("RequestId", request_id)),
                      request_id);
}

}  // namespace xl::api::sts
