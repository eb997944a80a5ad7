// SPDX-License-Identifier: Apache-2.0
// The one STS call that every client makes to see whether its credentials work. Query protocol: forms in, XML out.
// source: AWS Security Token Service API Reference, GetCallerIdentity
#pragma once
#include <string>

#include "api/authenticator.hpp"
#include "net/http.hpp"

namespace xl::api::sts {

/// STS lives at "/"; the AWS IoT operations never do.
bool is_for_sts(const net::HttpRequest& request);
net::HttpResponse answer(const net::HttpRequest& request, const Caller& caller, const std::string& request_id);
net::HttpResponse error_response(const Fault& fault, const std::string& request_id);

}  // namespace xl::api::sts
