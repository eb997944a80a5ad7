// SPDX-License-Identifier: Apache-2.0
#include "crypto/sigv4.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/sigv4_canonical.hpp"

namespace xl::crypto {
namespace sigv4 {
namespace {

/// Trimmed, inner runs of white space folded to one space.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    const bool space = c == ' ' || c == '\t';
    if (space && out.ends_with(' ')) continue;
    out += space ? ' ' : c;
  }
  return out;
}

}  // namespace

Pairs query_pairs(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  const auto decode = [](std::string_view text) { return percent_decode(text).value_or(std::string(text)); };
  Pairs pairs;
  for (const std::string_view part : split(target.substr(mark + 1), '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    pairs.emplace_back(decode(part.substr(0, equals)), decode(value));
  }
  return pairs;
}

std::string canonical_query(const Pairs& pairs) {
  Pairs encoded;
  encoded.reserve(pairs.size());
  for (const auto& [name, value] : pairs) encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::ranges::sort(encoded);
  std::string out;
  for (const auto& [name, value] : encoded) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

std::optional<std::string> canonical_headers(const Pairs& headers, const Names& signed_names) {
  std::string out;
  for (const std::string& name : signed_names) {
    std::string values;
    bool found = false;
    for (const auto& [key, value] : headers) {
      if (!equals_ignoring_case(key, name)) continue;
      values += (found ? "," : "") + canonical_value(value);
      found = true;
    }
    if (!found) return std::nullopt;
    out += name + ":" + values + "\n";
  }
  return out;
}

std::string join(const Names& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ";") + name;
  return out;
}

std::string canonical_request(const SignedRequest& request, std::string_view query, std::string_view headers,
                              const Names& signed_names, std::string_view body_hash) {
  const std::string_view raw_path = std::string_view(request.target).substr(0, request.target.find('?'));
  const std::string names = join(signed_names);
  std::string out = request.method + "\n" + percent_encode(normalized_path(raw_path), "/");
  for (const std::string_view part : {query, headers, std::string_view(names), body_hash})
    out.append("\n").append(part);
  return out;
}

std::string signature_of(std::string_view canonical_request, std::string_view timestamp, const Scope& scope,
                         std::string_view secret) {
  const std::string to_sign = std::string(kAlgorithm) + "\n" + std::string(timestamp) + "\n" + scope.text() + "\n" +
                              sha256_hex(canonical_request);
  Sha256 key = hmac_sha256(as_bytes("AWS4" + std::string(secret)), as_bytes(scope.date));
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, as_bytes(part));
  }
  return hex_encode(hmac_sha256(key, as_bytes(to_sign)));
}

}  // namespace sigv4

namespace {

bool is_signed_by_us(std::string_view lower_name) {
  return lower_name == "host" || lower_name == "content-type" || lower_name.starts_with("x-amz-") ||
         lower_name.starts_with("x-amzn-");
}

sigv4::Names names_to_sign(const sigv4::Pairs& headers) {
  sigv4::Names names;
  for (const auto& [key, value] : headers) {
    const std::string name = to_lower(key);
    if (is_signed_by_us(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace

std::string normalized_path(std::string_view raw_path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : split(raw_path, '/')) {
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (kept.empty() || raw_path.ends_with('/')) out += '/';
  return out;
}

void sign_v4(SignedRequest& request, const Credentials& credentials, std::string_view region, std::string_view service,
             UnixMillis now) {
  const std::string timestamp = iso8601_basic(now);
  request.headers.emplace_back("X-Amz-Date", timestamp);
  if (!credentials.session_token.empty())
    request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
  const sigv4::Scope scope{timestamp.substr(0, 8), std::string(region), std::string(service)};
  const auto names = names_to_sign(request.headers);
  const std::string canonical = sigv4::canonical_request(
      request, sigv4::canonical_query(sigv4::query_pairs(request.target)),
      sigv4::canonical_headers(request.headers, names).value_or(""), names, sha256_hex(request.body));
  request.headers.emplace_back("Authorization",
                               std::string(sigv4::kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
                                   scope.text() + ", SignedHeaders=" + sigv4::join(names) + ", Signature=" +
                                   sigv4::signature_of(canonical, timestamp, scope, credentials.secret_access_key));
}

}  // namespace xl::crypto
