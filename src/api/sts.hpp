// SPDX-License-Identifier: Apache-2.0
// The STS calls that clients need: GetCallerIdentity, which every one makes to see whether its credentials work, and
// GetSessionToken, credentials that end by themselves. Query protocol: forms in, XML out.
// source: AWS Security Token Service API Reference
#pragma once
#include <string>

#include "api/authenticator.hpp"
#include "net/http.hpp"

namespace xl::api::sts {

inline constexpr int kSessionSecondsMin = 900, kSessionSecondsMax = 129'600, kSessionSecondsDefault = 43'200;

/// STS lives at "/"; the AWS IoT operations never do.
bool is_for_sts(const net::HttpRequest& request);
net::HttpResponse answer(const net::HttpRequest& request, const Caller& caller, const crypto::AeadKey& master_key,
                         const std::string& request_id);
net::HttpResponse error_response(const Fault& fault, const std::string& request_id);

}  // namespace xl::api::sts
