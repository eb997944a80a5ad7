// SPDX-License-Identifier: Apache-2.0
#include <time.h>  // NOLINT(modernize-deprecated-headers): strptime and timegm are POSIX

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/sigv4.hpp"
#include "crypto/sigv4_canonical.hpp"

namespace xl::crypto {
namespace {

using namespace std::chrono_literals;
using sigv4::Names;
using sigv4::Pairs;
using sigv4::Scope;

constexpr std::chrono::minutes kSkew = 15min;
/// Of a presigned URL for MQTT, whatever its X-Amz-Expires says; the connection may live longer. source: AWS IoT
constexpr std::chrono::minutes kWebSocketUrlLife = 5min;
constexpr std::chrono::hours kExpiresMax = 168h;
/// Clients sign a handful; more would only serve to make a stranger's request expensive to check.
constexpr std::size_t kSignedHeadersMax = 64;
constexpr std::array<std::string_view, 6> kServices{"iot",           "execute-api", "iotdata", "iotdevicegateway",
                                                    "iot-jobs-data", "sts"};
constexpr std::string_view kWebSocketService = "iotdevicegateway";

/// What a request says of its signature, in its Authorization header or its URL.
struct Claim {
  std::string access_key_id;
  Scope scope;
  Names signed_names;
  std::string signature;
  std::string timestamp;  ///< "20260102T030405Z"
  std::string session_token;
  std::chrono::seconds good_for = kSkew;
  bool is_url = false;
};

using Verdict = tl::unexpected<SigV4Rejection>;

Verdict reject(SigV4Fault fault, std::string message) { return Verdict(SigV4Rejection{fault, std::move(message)}); }

Verdict refuse_key(SigV4Fault fault) {
  return reject(fault, fault == SigV4Fault::expired_token ? "The security token included in the request is expired."
                                                          : "The security token included in the request is invalid.");
}

std::optional<std::string> value_of(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs)
    if (equals_ignoring_case(key, name)) return value;
  return std::nullopt;
}

/// Their values are in the string to sign, or (the trace id) signers leave them out because proxies add them.
bool is_bound_otherwise(std::string_view lower_name) {
  return lower_name == "x-amz-date" || lower_name == "x-amz-content-sha256" || lower_name == "x-amzn-trace-id";
}

/// A header that changes what the request means (x-amzn-principal) but that the signature does not cover.
std::optional<std::string> unsigned_amz_header(const Pairs& headers, const Names& signed_names) {
  for (const auto& [key, value] : headers) {
    const std::string name = to_lower(key);
    if (!name.starts_with("x-amz-") && !name.starts_with("x-amzn-")) continue;
    if (!is_bound_otherwise(name) && std::ranges::find(signed_names, name) == signed_names.end()) return name;
  }
  return std::nullopt;
}

/// "KEY/20260102/us-east-1/iot/aws4_request"
bool read_credential(std::string_view text, Claim& claim) {
  const auto pieces = split(text, '/');
  if (pieces.size() != 5 || pieces[4] != "aws4_request") return false;
  claim.access_key_id = pieces[0];
  claim.scope = {std::string(pieces[1]), std::string(pieces[2]), std::string(pieces[3])};
  return !claim.access_key_id.empty();
}

/// False for a repeated name or too many: each one repeats its value in what is hashed.
bool read_signed_names(std::string_view text, Claim& claim) {
  const auto parts = split(text, ';');
  if (text.empty() || parts.size() > kSignedHeadersMax) return false;
  claim.signed_names.assign(parts.begin(), parts.end());
  Names sorted = claim.signed_names;
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) == sorted.end();
}

bool read_signature(std::string_view text, Claim& claim) {
  claim.signature = text;
  return text.size() == 64;
}

/// "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…"
bool read_authorization(std::string_view header, Claim& claim) {
  if (!header.starts_with(sigv4::kAlgorithm)) return false;
  unsigned seen = 0;
  for (std::string_view part : split(header.substr(sigv4::kAlgorithm.size()), ',')) {
    part = trim(part);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = part.substr(0, equals), value = part.substr(equals + 1);
    const bool good = key == "Credential"      ? read_credential(value, claim)
                      : key == "SignedHeaders" ? read_signed_names(value, claim)
                                               : key == "Signature" && read_signature(value, claim);
    if (!good) return false;
    ++seen;
  }
  return seen == 3 && !claim.access_key_id.empty() && !claim.signed_names.empty() && !claim.signature.empty();
}

/// X-Amz-Date, or else the time of `Date` ("Fri, 02 Jan 2026 03:04:05 GMT") in its form; empty when neither is there.
std::string timestamp_of(const Pairs& headers) {
  if (auto stated = value_of(headers, "X-Amz-Date")) return *std::move(stated);
  const std::string date = value_of(headers, "Date").value_or("");
  tm utc{};
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  if (end == nullptr || *end != '\0') return {};
  return iso8601_basic(UnixMillis(std::chrono::seconds(::timegm(&utc))));
}

std::optional<std::chrono::seconds> life_of_url(const Pairs& query, std::string_view service) {
  const std::chrono::seconds longest = service == kWebSocketService ? kWebSocketUrlLife : kSkew;
  const auto stated = value_of(query, "X-Amz-Expires");
  if (!stated) return longest;
  int seconds = 0;
  const auto [stop, error] = std::from_chars(stated->data(), stated->data() + stated->size(), seconds);
  const bool good = error == std::errc() && stop == stated->data() + stated->size() && seconds > 0;
  if (!good || std::chrono::seconds(seconds) > kExpiresMax) return std::nullopt;
  return std::min<std::chrono::seconds>(longest, std::chrono::seconds(seconds));
}

/// No x-amz- parameter twice: which of them counted would be a guess.
bool says_once(const Pairs& query) {
  Names names;
  for (const auto& [name, value] : query)
    if (std::string lower = to_lower(name); lower.starts_with("x-amz-")) names.push_back(std::move(lower));
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

tl::expected<Claim, SigV4Rejection> claim_of_url(const Pairs& query) {
  Claim claim;
  claim.is_url = true;
  const auto text = [&](std::string_view name) { return value_of(query, name).value_or(""); };
  const bool complete = says_once(query) && text("X-Amz-Algorithm") == sigv4::kAlgorithm &&
                        read_credential(text("X-Amz-Credential"), claim) &&
                        read_signed_names(text("X-Amz-SignedHeaders"), claim) &&
                        read_signature(text("X-Amz-Signature"), claim) && !text("X-Amz-Date").empty();
  const auto life = life_of_url(query, claim.scope.service);
  if (!complete || !life) {
    return reject(SigV4Fault::incomplete_signature,
                  "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', "
                  "'X-Amz-SignedHeaders' and 'X-Amz-Signature', each once; 'X-Amz-Expires' has 1 to 604800 seconds.");
  }
  claim.timestamp = text("X-Amz-Date");
  claim.session_token = text("X-Amz-Security-Token");
  claim.good_for = *life;
  return claim;
}

tl::expected<Claim, SigV4Rejection> claim_of(const SignedRequest& request, const Pairs& query) {
  const auto header = value_of(request.headers, "Authorization");
  const bool by_url = value_of(query, "X-Amz-Signature") || value_of(query, "X-Amz-Algorithm");
  if (!header && !by_url) return reject(SigV4Fault::missing_authentication, "Missing Authentication Token");
  if (!header) return claim_of_url(query);
  Claim claim;
  claim.timestamp = timestamp_of(request.headers);
  claim.session_token = value_of(request.headers, "X-Amz-Security-Token").value_or("");
  if (by_url || claim.timestamp.empty() || !read_authorization(*header, claim)) {
    return reject(SigV4Fault::incomplete_signature,
                  "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', the request requires "
                  "'X-Amz-Date' or 'Date', and nothing of it may be in the query string.");
  }
  return claim;
}

/// "20260102T030405Z"
std::optional<UnixMillis> parse_timestamp(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits))
      value = c >= '0' && c <= '9' && value >= 0 ? value * 10 + (c - '0') : -1;
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

/// AWS's words for a time: "15 min." or "30 s."
std::string words(std::chrono::seconds time) {
  return time % 60s == 0s ? std::to_string(time / 60s) + " min.)" : std::to_string(time.count()) + " s.)";
}

std::optional<SigV4Rejection> check_clock(const Claim& claim, UnixMillis now) {
  const auto time = parse_timestamp(claim.timestamp);
  if (!time) return SigV4Rejection{SigV4Fault::incomplete_signature, "X-Amz-Date must be like 20260102T030405Z."};
  if (claim.timestamp.substr(0, 8) != claim.scope.date) {
    return SigV4Rejection{SigV4Fault::bad_signature,
                          "Date in Credential scope does not match YYYYMMDD from X-Amz-Date."};
  }
  const std::string at = iso8601_basic(now);
  if (*time < now - claim.good_for) {
    return SigV4Rejection{SigV4Fault::expired, "Signature expired: " + claim.timestamp + " is now earlier than " +
                                                   iso8601_basic(now - claim.good_for) + " (" + at + " - " +
                                                   words(claim.good_for)};
  }
  if (*time > now + kSkew) {
    return SigV4Rejection{SigV4Fault::not_yet_valid, "Signature not yet current: " + claim.timestamp +
                                                         " is still later than " + iso8601_basic(now + kSkew) + " (" +
                                                         at + " + " + words(kSkew)};
  }
  return std::nullopt;
}

/// What the signature must cover for the request to mean what its signer meant.
std::optional<SigV4Rejection> check_coverage(const Claim& claim, const SignedRequest& request) {
  const auto refuse = [](std::string why) { return SigV4Rejection{SigV4Fault::bad_signature, std::move(why)}; };
  const Names& names = claim.signed_names;
  if (std::ranges::find(kServices, claim.scope.service) == kServices.end())
    return refuse("Credential should be scoped to a service of AWS IoT or sts.");
  if (!sigv4::canonical_headers(request.headers, names) || std::ranges::find(names, "host") == names.end())
    return refuse("'Host' must be a signed header, and every signed header must be present.");
  if (const auto name = unsigned_amz_header(request.headers, names))
    return refuse("'" + *name + "' must be a 'SignedHeader' in the AWS Authorization.");
  return std::nullopt;
}

/// As it came; for MQTT also without its port, and with the port that a client left out because it is the usual one.
std::vector<std::string> hosts_signed(const Claim& claim, const std::string& host) {
  if (claim.scope.service != kWebSocketService) return {host};
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return {host, has_port ? host.substr(0, colon) : host + ":443"};
}

/// The query as it was signed: never with the signature itself, for MQTT perhaps without the session token.
std::vector<std::string> queries_signed(const Claim& claim, Pairs query) {
  if (!claim.is_url) return {sigv4::canonical_query(query)};
  const auto drop = [&](std::string_view name) {
    std::erase_if(query, [&](const auto& pair) { return equals_ignoring_case(pair.first, name); });
    return sigv4::canonical_query(query);
  };
  std::vector<std::string> out{drop("X-Amz-Signature")};
  if (claim.scope.service == kWebSocketService && !claim.session_token.empty())
    out.push_back(drop("X-Amz-Security-Token"));
  return out;
}

bool is_signed_with(const std::string& secret, const Claim& claim, const SignedRequest& request, const Pairs& query,
                    std::string_view body_hash) {
  bool good = false;
  for (const std::string& host : hosts_signed(claim, value_of(request.headers, "host").value_or(""))) {
    Pairs headers = request.headers;
    for (auto& [name, value] : headers)
      if (equals_ignoring_case(name, "host")) value = host;
    const auto canonical = sigv4::canonical_headers(headers, claim.signed_names).value_or("");
    for (const std::string& signed_query : queries_signed(claim, query)) {
      const std::string text =
          sigv4::canonical_request(request, signed_query, canonical, claim.signed_names, body_hash);
      good |= equal_constant_time(sigv4::signature_of(text, claim.timestamp, claim.scope, secret), claim.signature);
    }
  }
  return good;
}

}  // namespace

tl::expected<SigV4Identity, SigV4Rejection> verify_v4(const SignedRequest& request, const SecretLookup& secret_of,
                                                      UnixMillis now) {
  const Pairs query = sigv4::query_pairs(request.target);
  const auto claim = claim_of(request, query);
  if (!claim) return Verdict(claim.error());
  if (auto fault = check_coverage(*claim, request)) return Verdict(*std::move(fault));
  if (auto fault = check_clock(*claim, now)) return Verdict(*std::move(fault));
  const std::string body_hash = sha256_hex(request.body);
  const std::string stated = value_of(request.headers, "x-amz-content-sha256").value_or(body_hash);
  if (stated != body_hash && stated != "UNSIGNED-PAYLOAD")
    return reject(SigV4Fault::bad_signature, "x-amz-content-sha256 does not match the body.");
  const auto secret = secret_of(claim->access_key_id, claim->session_token);
  if (!secret) return refuse_key(secret.error());
  if (!is_signed_with(*secret, *claim, request, query, stated)) {
    return reject(
        SigV4Fault::bad_signature,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
        "Access Key and signing method. Consult the service documentation for details.");
  }
  return SigV4Identity{claim->access_key_id, claim->scope.region, claim->scope.service};
}

}  // namespace xl::crypto
