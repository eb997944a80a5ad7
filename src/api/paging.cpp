// SPDX-License-Identifier: Apache-2.0
#include "api/paging.hpp"

#include <charconv>

namespace xl::api {

using cloud::Order;

namespace {

cloud::PageRequest read(Constraints& constraints, const Request& request, const PagingStyle& style, Order order) {
  constexpr std::size_t kDefault = 25;
  cloud::PageRequest page;
  page.order = order;
  page.limit = constraints.query_number(request, style.size, 1, style.most, kDefault);
  const auto token = constraints.query_text(request, style.token, rules::kMarker);
  if (!token || token->empty()) return page;
  if (!go_on_after(page, base64_decode(*token).value_or("")))
    constraints.broken(style.token, *token, "Member must be one that this service gave out for the same order");
  return page;
}

}  // namespace

std::string place_in(const cloud::PageRequest& page, UnixMillis created, const std::string& key) {
  return page.order == Order::key ? key : std::to_string(to_millis(created)) + "/" + key;
}

bool go_on_after(cloud::PageRequest& page, const std::string& place) {
  if (page.order == Order::key) {
    page.after = place;
    return !place.empty();
  }
  const auto slash = place.find('/');
  std::int64_t created = 0;
  const auto [end, error] = std::from_chars(place.data(), place.data() + std::min(slash, place.size()), created);
  if (slash == std::string::npos || error != std::errc{} || end != place.data() + slash) return false;
  page.created_after = from_millis(created);
  page.after = place.substr(slash + 1);
  return true;
}

cloud::PageRequest page_request(Constraints& constraints, const Request& request, const PagingStyle& style) {
  return read(constraints, request, style, Order::key);
}

cloud::PageRequest ordered_page_request(Constraints& constraints, const Request& request, const PagingStyle& style,
                                        Order otherwise) {
  const auto ascending = constraints.query_flag(request, "isAscendingOrder");
  if (!ascending) return read(constraints, request, style, otherwise);
  return read(constraints, request, style, *ascending ? Order::oldest_first : Order::newest_first);
}

tl::expected<cloud::PageRequest, Fault> page_request(const Request& request, const PagingStyle& style) {
  Constraints constraints;
  cloud::PageRequest page = page_request(constraints, request, style);
  XL_CHECK(constraints.result());
  return page;
}

}  // namespace xl::api
