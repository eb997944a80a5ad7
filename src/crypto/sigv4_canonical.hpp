// SPDX-License-Identifier: Apache-2.0
// What signer and verifier of SigV4 must agree on to the byte. Private to crypto/ and its tests.
// source: AWS IAM User Guide, "Create a signed AWS API request"
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/sigv4.hpp"

namespace xl::crypto::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Names = std::vector<std::string>;

/// "20260102/us-east-1/iot/aws4_request"
struct Scope {
  std::string date, region, service;
  std::string text() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

/// Names and values, decoded; a name without `=` has an empty value, what cannot be decoded is kept as it is.
Pairs query_pairs(std::string_view target);
/// Strictly encoded, sorted by name, then value.
std::string canonical_query(const Pairs& pairs);
/// A line for each name; nullopt when one is not among the headers.
std::optional<std::string> canonical_headers(const Pairs& headers, const Names& signed_names);
std::string join(const Names& names);  ///< "host;x-amz-date"

/// `query` and `headers` in their canonical forms.
std::string canonical_request(const SignedRequest& request, std::string_view query, std::string_view headers,
                              const Names& signed_names, std::string_view body_hash);
/// 64 lower-case hex digits. `timestamp`: "20260102T030405Z"
std::string signature_of(std::string_view canonical_request, std::string_view timestamp, const Scope& scope,
                         std::string_view secret);

}  // namespace xl::crypto::sigv4
