// SPDX-License-Identifier: Apache-2.0
#include "api/paging.hpp"

namespace xl::api {

cloud::PageRequest page_request(Constraints& constraints, const Request& request, const PagingStyle& style) {
  constexpr std::size_t kMost = 250;
  constexpr std::size_t kDefault = 25;
  cloud::PageRequest page;
  page.limit = constraints.query_number(request, style.size, 1, kMost, kDefault);
  const auto token = constraints.query_text(request, style.token, rules::kMarker);
  if (!token || token->empty()) return page;
  const auto after = base64_decode(*token);
  page.after = after.value_or("");
  if (page.after.empty()) constraints.broken(style.token, *token, "Member must be one that this service gave out");
  return page;
}

tl::expected<cloud::PageRequest, Fault> page_request(const Request& request, const PagingStyle& style) {
  Constraints constraints;
  cloud::PageRequest page = page_request(constraints, request, style);
  XL_CHECK(constraints.result());
  return page;
}

}  // namespace xl::api
