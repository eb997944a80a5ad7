// SPDX-License-Identifier: Apache-2.0
// How our messages look on the wire. Header values never carry a line break, so no caller can split a response.
#pragma once
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "net/http.hpp"

namespace xl::net {

std::string http_date(UnixMillis t);  ///< "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7)
std::string_view reason_phrase(int status);

/// Adds Date, Content-Length and Connection. `without_body`: the answer to HEAD.
std::string response_text(const HttpResponse& response, bool keep_alive, bool without_body);
/// The head of a 101, after which another protocol begins.
std::string switching_head(const HttpHeaders& headers);
/// The head of a `text/event-stream` reply, which ends with the connection.
std::string event_stream_head(const HttpHeaders& extra_headers);
/// `host` is what Host says when the caller set none.
std::string request_text(const HttpRequest& request, std::string_view host);

}  // namespace xl::net
