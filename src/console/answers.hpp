// SPDX-License-Identifier: Apache-2.0
// What the page's requests are answered and what they may ask.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace xl::console {

/// {"message": …}
net::HttpResponse refusal(int status, std::string_view message);
net::HttpResponse done(int status);

/// A member of the JSON object in `body`; nullopt unless it is a string.
std::optional<std::string> text_member(std::string_view body, std::string_view member);
/// A form of another site cannot say this without a preflight, which nobody answers.
bool is_from_script(const net::HttpRequest& request);

}  // namespace xl::console
