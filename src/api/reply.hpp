// SPDX-License-Identifier: Apache-2.0
// What operations answer, and its form on the wire (AWS protocol rest-json).
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "api/fault.hpp"
#include "base/time.hpp"
#include "net/http.hpp"

namespace xl::api {

using Reply = boost::json::object;
using Outcome = tl::expected<Reply, Fault>;

net::HttpResponse json_response(const Outcome& outcome, const std::string& request_id);
/// The member generationId: another one for whatever comes later under the same ARN.
std::string generation_id(std::string_view arn, UnixMillis created);
/// A timestamp member: epoch seconds with a fraction.
inline double timestamp(UnixMillis t) { return to_epoch_seconds(t); }

}  // namespace xl::api
