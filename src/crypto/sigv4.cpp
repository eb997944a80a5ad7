// SPDX-License-Identifier: Apache-2.0
#include "crypto/sigv4.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace xl::crypto {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::chrono::minutes kSkew{15};
/// Clients sign a handful; more would only serve to make a stranger's request expensive to check.
constexpr std::size_t kSignedHeadersMax = 64;
constexpr std::array<std::string_view, 6> kServices{"iot",           "execute-api", "iotdata", "iotdevicegateway",
                                                    "iot-jobs-data", "sts"};

using Headers = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string> header_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::string canonical_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path.empty() ? "/" : percent_encode(path, "/");
}

/// Decoded and strictly encoded again, sorted by key, then value.
std::string canonical_query(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos || mark + 1 == target.size()) return {};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::string_view part : split(target.substr(mark + 1), '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    const auto encode = [](std::string_view text) {
      return percent_encode(percent_decode(text).value_or(std::string(text)));
    };
    pairs.emplace_back(encode(part.substr(0, equals)), encode(value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [key, value] : pairs) out += (out.empty() ? "" : "&") + key + "=" + value;
  return out;
}

/// Trimmed, inner runs of spaces folded to one.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (char c : trim(value)) {
    if (c == ' ' && !out.empty() && out.back() == ' ') continue;
    out += c;
  }
  return out;
}

/// nullopt when a signed header is not in the request.
std::optional<std::string> canonical_headers(const Headers& headers, const std::vector<std::string>& signed_names) {
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

std::string join(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ";") + name;
  return out;
}

struct Scope {
  std::string date, region, service;
  std::string text() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

std::string signature_of(std::string_view canonical_request, std::string_view timestamp, const Scope& scope,
                         std::string_view secret) {
  const std::string to_sign = std::string(kAlgorithm) + "\n" + std::string(timestamp) + "\n" + scope.text() + "\n" +
                              sha256_hex(canonical_request);
  Sha256 key = hmac_sha256(as_bytes("AWS4" + std::string(secret)), as_bytes(scope.date));
  for (std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, as_bytes(part));
  }
  return hex_encode(hmac_sha256(key, as_bytes(to_sign)));
}

std::string canonical_request_of(const SignedRequest& request, const std::string& headers,
                                 const std::vector<std::string>& signed_names, std::string_view body_hash) {
  return request.method + "\n" + canonical_path(request.target) + "\n" + canonical_query(request.target) + "\n" +
         headers + "\n" + join(signed_names) + "\n" + std::string(body_hash);
}

bool is_signed_by_us(std::string_view lower_name) {
  return lower_name == "host" || lower_name == "content-type" || lower_name.starts_with("x-amz-") ||
         lower_name.starts_with("x-amzn-");
}

std::vector<std::string> names_to_sign(const Headers& headers) {
  std::vector<std::string> names;
  for (const auto& [key, value] : headers) {
    const std::string name = to_lower(key);
    if (is_signed_by_us(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// Their values are in the string to sign, or (the trace id) signers leave them out because proxies add them.
bool is_bound_otherwise(std::string_view lower_name) {
  return lower_name == "x-amz-date" || lower_name == "x-amz-content-sha256" || lower_name == "x-amzn-trace-id";
}

/// A header that changes what the request means (x-amzn-principal) but that the signature does not cover.
std::optional<std::string> unsigned_amz_header(const Headers& headers, const std::vector<std::string>& signed_names) {
  for (const auto& [key, value] : headers) {
    const std::string name = to_lower(key);
    if (!name.starts_with("x-amz-") && !name.starts_with("x-amzn-")) continue;
    if (is_bound_otherwise(name)) continue;
    if (std::find(signed_names.begin(), signed_names.end(), name) == signed_names.end()) return name;
  }
  return std::nullopt;
}

struct Authorization {
  std::string access_key_id;
  Scope scope;
  std::vector<std::string> signed_names;
  std::string signature;
};

tl::unexpected<SigV4Rejection> reject(SigV4Fault fault, std::string message) {
  return tl::unexpected<SigV4Rejection>(SigV4Rejection{fault, std::move(message)});
}

/// nullopt for a repeated name or too many: each one repeats its value in what is hashed.
std::optional<std::vector<std::string>> parse_signed_names(std::string_view text) {
  const auto parts = split(text, ';');
  if (parts.size() > kSignedHeadersMax) return std::nullopt;
  std::vector<std::string> names(parts.begin(), parts.end());
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
  return names;
}

/// "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…"
std::optional<Authorization> parse_authorization(std::string_view header) {
  if (!header.starts_with(kAlgorithm)) return std::nullopt;
  Authorization out;
  for (std::string_view part : split(header.substr(kAlgorithm.size()), ',')) {
    part = trim(part);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = part.substr(equals + 1);
    if (key == "Credential") {
      const auto pieces = split(value, '/');
      if (pieces.size() != 5 || pieces[4] != "aws4_request") return std::nullopt;
      out.access_key_id = pieces[0];
      out.scope = {std::string(pieces[1]), std::string(pieces[2]), std::string(pieces[3])};
    } else if (key == "SignedHeaders") {
      auto names = parse_signed_names(value);
      if (!names) return std::nullopt;
      out.signed_names = *std::move(names);
    } else if (key == "Signature") {
      out.signature = value;
    }
  }
  const bool complete = !out.access_key_id.empty() && !out.signed_names.empty() && out.signature.size() == 64;
  return complete ? std::optional(out) : std::nullopt;
}

/// "20260102T030405Z"
std::optional<UnixMillis> parse_timestamp(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (char c : text.substr(at, digits)) value = c >= '0' && c <= '9' && value >= 0 ? value * 10 + (c - '0') : -1;
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(6, 2)))};
  const int hours = number(9, 2), minutes = number(11, 2), seconds = number(13, 2);
  if (!day.ok() || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60)
    return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds);
}

std::optional<SigV4Rejection> check_clock(std::string_view timestamp, const Scope& scope, UnixMillis now) {
  const auto time = parse_timestamp(timestamp);
  if (!time) return SigV4Rejection{SigV4Fault::incomplete_signature, "X-Amz-Date must be like 20260102T030405Z."};
  if (timestamp.substr(0, 8) != scope.date) {
    return SigV4Rejection{SigV4Fault::bad_signature,
                          "Date in Credential scope does not match YYYYMMDD from X-Amz-Date."};
  }
  const std::string stated(timestamp), at = iso8601_basic(now);
  if (*time < now - kSkew) {
    return SigV4Rejection{SigV4Fault::expired, "Signature expired: " + stated + " is now earlier than " +
                                                   iso8601_basic(now - kSkew) + " (" + at + " - 15 min.)"};
  }
  if (*time > now + kSkew) {
    return SigV4Rejection{SigV4Fault::not_yet_valid, "Signature not yet current: " + stated + " is still later than " +
                                                         iso8601_basic(now + kSkew) + " (" + at + " + 15 min.)"};
  }
  return std::nullopt;
}

}  // namespace

void sign_v4(SignedRequest& request, const Credentials& credentials, std::string_view region, std::string_view service,
             UnixMillis now) {
  const std::string timestamp = iso8601_basic(now);
  request.headers.emplace_back("X-Amz-Date", timestamp);
  if (!credentials.session_token.empty())
    request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
  const Scope scope{timestamp.substr(0, 8), std::string(region), std::string(service)};
  const auto names = names_to_sign(request.headers);
  const std::string headers = canonical_headers(request.headers, names).value_or("");
  const std::string canonical = canonical_request_of(request, headers, names, sha256_hex(request.body));
  request.headers.emplace_back(
      "Authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" + scope.text() +
                           ", SignedHeaders=" + join(names) +
                           ", Signature=" + signature_of(canonical, timestamp, scope, credentials.secret_access_key));
}

tl::expected<SigV4Identity, SigV4Rejection> verify_v4(const SignedRequest& request, const SecretLookup& secret_of,
                                                      UnixMillis now) {
  const auto header = header_of(request.headers, "Authorization");
  if (!header) return reject(SigV4Fault::missing_authentication, "Missing Authentication Token");
  const auto authorization = parse_authorization(*header);
  const auto timestamp = header_of(request.headers, "X-Amz-Date");
  if (!authorization || !timestamp) {
    return reject(SigV4Fault::incomplete_signature,
                  "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', and the request "
                  "requires 'X-Amz-Date'.");
  }
  const Scope& scope = authorization->scope;
  const auto& names = authorization->signed_names;
  if (std::find(kServices.begin(), kServices.end(), scope.service) == kServices.end()) {
    return reject(SigV4Fault::bad_signature, "Credential should be scoped to a service of AWS IoT or sts.");
  }
  if (auto late = check_clock(*timestamp, scope, now)) return tl::unexpected<SigV4Rejection>(std::move(*late));
  const auto headers = canonical_headers(request.headers, names);
  if (!headers || std::find(names.begin(), names.end(), "host") == names.end()) {
    return reject(SigV4Fault::bad_signature,
                  "'Host' must be a signed header, and every signed header must be present.");
  }
  if (const auto name = unsigned_amz_header(request.headers, names)) {
    return reject(SigV4Fault::bad_signature, "'" + *name + "' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const std::string body_hash = sha256_hex(request.body);
  const std::string stated = header_of(request.headers, "x-amz-content-sha256").value_or(body_hash);
  if (stated != body_hash && stated != "UNSIGNED-PAYLOAD") {
    return reject(SigV4Fault::bad_signature, "x-amz-content-sha256 does not match the body.");
  }
  const auto secret = secret_of(authorization->access_key_id);
  if (!secret) return reject(SigV4Fault::unknown_key, "The security token included in the request is invalid.");
  const std::string expected =
      signature_of(canonical_request_of(request, *headers, names, stated), *timestamp, scope, *secret);
  if (!equal_constant_time(expected, authorization->signature)) {
    return reject(
        SigV4Fault::bad_signature,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
        "Access Key and signing method. Consult the service documentation for details.");
  }
  return SigV4Identity{authorization->access_key_id, scope.region, scope.service};
}

}  // namespace xl::crypto
