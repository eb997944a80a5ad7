// SPDX-License-Identifier: Apache-2.0
#include "factory/aws_client.hpp"

#include <cstdlib>
#include <filesystem>

#include "base/text.hpp"
#include "factory/files.hpp"
#include "net/http.hpp"

namespace xl::factory {
namespace {

std::filesystem::path credentials_file() {
  if (const char* file = std::getenv("AWS_SHARED_CREDENTIALS_FILE")) return file;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "" : home) / ".aws" / "credentials";
}

/// "http://127.0.0.1:8080/" -> "127.0.0.1:8080"
std::string authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

}  // namespace

Result<Profile> load_profile(const std::string& name) {
  const auto file = credentials_file();
  const auto text = read_file(file);
  if (!text) {
    return fail(Error{Errc::not_found, "no credentials at " + file.string() +
                                           ". Point AWS_SHARED_CREDENTIALS_FILE at the cloud's DIR/credentials."});
  }
  Profile profile{name, {}, "us-east-1"};
  bool inside = false;
  for (std::string_view line : split(*text, '\n')) {
    line = trim(line);
    if (line.starts_with('[')) inside = line == "[" + name + "]";
    const auto equals = line.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, equals));
    const std::string value(trim(line.substr(equals + 1)));
    if (key == "aws_access_key_id") profile.credentials.access_key_id = value;
    if (key == "aws_secret_access_key") profile.credentials.secret_access_key = value;
    if (key == "aws_session_token") profile.credentials.session_token = value;
    if (key == "region") profile.region = value;
  }
  if (!profile.credentials.access_key_id.empty() && !profile.credentials.secret_access_key.empty()) return profile;
  return fail(Error{Errc::not_found, "there is no profile [" + name + "] with a key in " + file.string()});
}

Result<AwsReply> AwsClient::call(std::string_view service, std::string_view method, std::string target,
                                 std::string body, std::string_view content_type) const {
  crypto::SignedRequest to_sign{std::string(method), target, {{"Host", authority_of(url_)}}, body};
  if (!body.empty()) to_sign.headers.emplace_back("Content-Type", content_type);
  crypto::sign_v4(to_sign, profile_.credentials, profile_.region, service, wall_now());
  net::HttpRequest request;
  request.method = std::string(method);
  request.target = std::move(target);
  request.headers = to_sign.headers;
  request.body = body;
  XL_TRY(net::HttpResponse response, net::http_call(url_, std::move(request), {root_ca_file_}));
  AwsReply reply{response.status, {}, std::move(response.body)};
  if (response.status >= 400) {
    const auto header = net::find_header(response.headers, "x-amzn-errortype");
    reply.exception =
        header ? std::string(header->substr(0, header->find(':'))) : "HTTP " + std::to_string(response.status);
  }
  return reply;
}

}  // namespace xl::factory
