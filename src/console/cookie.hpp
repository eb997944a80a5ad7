// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace xl::console {

/// A value of 64 hexadecimal digits, as crypto::random_hex(32) makes them.
std::optional<std::string> find_cookie(const net::HttpRequest& request, std::string_view name);

/// The session id that the request carries.
std::optional<std::string> session_cookie(const net::HttpRequest& request);
/// Set-Cookie's value. The browser sends it back to this thing's paths alone, and to no script.
std::string session_cookie_for(std::string_view id, std::string_view thing_name, bool secure);

}  // namespace xl::console
