// SPDX-License-Identifier: Apache-2.0
#include "api/paging.hpp"

namespace xl::api {

tl::expected<cloud::PageRequest, Fault> page_request(const Request& request, const PagingStyle& style) {
  constexpr std::size_t kMost = 250;
  constexpr std::size_t kDefault = 25;
  Constraints constraints;
  cloud::PageRequest page;
  page.limit = constraints.query_number(request, style.size, 1, kMost, kDefault);
  const auto token = constraints.query_text(request, style.token, rules::kMarker);
  XL_CHECK(constraints.result());
  if (!token || token->empty()) return page;
  const auto after = base64_decode(*token);
  if (!after || after->empty()) {
    return fail(exceptions::kInvalidRequest,
                "The " + std::string(style.token) + " is not one that this service gave out.");
  }
  page.after = *after;
  return page;
}

}  // namespace xl::api
