// SPDX-License-Identifier: Apache-2.0
#include "api/sts.hpp"

#include "api/request.hpp"

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
  const std::string& account = caller.account.id;
  // Access keys belong to an account's administrators; there are no named users behind them.
  return element("Arn", escaped("arn:aws:iam::" + account + ":user/" + caller.account.name)) +
         element("UserId", escaped(caller.access_key_id)) + element("Account", account);
}

}  // namespace

bool is_for_sts(const net::HttpRequest& request) { return request.path() == "/"; }

net::HttpResponse answer(const net::HttpRequest& request, const Caller& caller, const std::string& request_id) {
  const auto form = parse_parameters(request.method == "POST" ? std::string_view(request.body) : request.query());
  const auto action = form ? find_parameter(*form, "Action") : std::nullopt;
  if (!action) return error_response({{"MissingAction", 400}, "The request has no Action parameter."}, request_id);
  if (*action != "GetCallerIdentity") {
    return error_response({{"InvalidAction", 400}, "The action " + *action + " is not valid for this web service."},
                          request_id);
  }
  const std::string result = element("GetCallerIdentityResult", identity_of(caller)) +
                             element("ResponseMetadata", element("RequestId", request_id));
  return xml_response(200, document("GetCallerIdentityResponse", result), request_id);
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
