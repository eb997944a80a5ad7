// SPDX-License-Identifier: Apache-2.0
// AWS's two styles of listing: pageSize/marker/nextMarker and maxResults/nextToken/nextToken.
#pragma once
#include <algorithm>
#include <concepts>
#include <functional>
#include <string>

#include "api/constraints.hpp"
#include "api/reply.hpp"
#include "base/text.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::api {

struct PagingStyle {
  std::string_view size;
  std::string_view token;
  std::string_view next;
  std::size_t most = 250;  ///< of a page
};
inline constexpr PagingStyle kMarkers{"pageSize", "marker", "nextMarker"};
inline constexpr PagingStyle kTokens{"maxResults", "nextToken", "nextToken"};
inline constexpr PagingStyle kRetainedTokens{"maxResults", "nextToken", "nextToken", 200};

/// Judges size (1 to the most, else 25) and token (one that this service gave out).
cloud::PageRequest page_request(Constraints& constraints, const Request& request, const PagingStyle& style);
/// The same for the listings that have isAscendingOrder; without it they are ordered as `otherwise` says.
cloud::PageRequest ordered_page_request(Constraints& constraints, const Request& request, const PagingStyle& style,
                                        cloud::Order otherwise = cloud::Order::key);
/// The same where nothing else is to be judged. errors: InvalidRequestException
tl::expected<cloud::PageRequest, Fault> page_request(const Request& request, const PagingStyle& style);

/// Where something stands in the listing: what a token holds.
std::string place_in(const cloud::PageRequest& page, UnixMillis created, const std::string& key);
/// Goes on after a place. False: it is none of this listing's.
bool go_on_after(cloud::PageRequest& page, const std::string& place);

inline void add_next(Reply& reply, const PagingStyle& style, const std::string& last) {
  reply[boost::json::string_view(style.next.data(), style.next.size())] = base64_encode(as_bytes(last));
}

inline boost::json::string_view json_key(std::string_view name) { return {name.data(), name.size()}; }

/// One page as an answer: `show` makes an item's JSON; `last` was seen last, also by a filter that skipped it.
template <class T, class Show>
Reply listing(std::string_view member, const PagingStyle& style, const cloud::Page<T>& page, const Show& show,
              const std::string& last) {
  boost::json::array items;
  for (const T& item : page.items) items.push_back(show(item));
  Reply reply{{json_key(member), std::move(items)}};
  if (page.more) add_next(reply, style, last);
  return reply;
}

/// The same; `key_of` is what the listing is ordered by.
template <class T, class Show, class KeyOf>
  requires(!std::convertible_to<KeyOf, std::string>)
Reply listing(std::string_view member, const PagingStyle& style, const cloud::Page<T>& page, const Show& show,
              const KeyOf& key_of) {
  const std::string last = page.items.empty() ? std::string() : std::string(std::invoke(key_of, page.items.back()));
  return listing(member, style, page, show, last);
}

/// One page of a short list that is held whole.
template <class T, class KeyOf>
cloud::Page<T> page_within(std::vector<T> items, const cloud::PageRequest& page, const KeyOf& key_of) {
  std::ranges::sort(items, {}, key_of);
  const auto first = std::ranges::upper_bound(items, page.after, {}, key_of);
  items.erase(items.begin(), first);
  const bool more = items.size() > page.limit;
  if (more) items.resize(page.limit);
  return {std::move(items), more};
}

/// The same in the order that the page wants.
template <class T, class CreatedOf, class KeyOf>
cloud::Page<T> page_within(std::vector<T> items, const cloud::PageRequest& page, const CreatedOf& created_of,
                           const KeyOf& key_of) {
  if (page.order == cloud::Order::key) return page_within(std::move(items), page, key_of);
  const bool newest = page.order == cloud::Order::newest_first;
  const auto place = [&](const T& item) { return std::pair(std::invoke(created_of, item), std::invoke(key_of, item)); };
  const auto before = [&](const auto& a, const auto& b) { return newest ? b < a : a < b; };
  std::ranges::sort(items, before, place);
  if (page.created_after) {
    std::erase_if(items,
                  [&](const T& item) { return !before(std::pair(*page.created_after, page.after), place(item)); });
  }
  const bool more = items.size() > page.limit;
  if (more) items.resize(page.limit);
  return {std::move(items), more};
}

/// What a filtered listing reads at most for one answer; AWS too may answer with a short page and a token.
inline constexpr std::size_t kScannedMax = 5000;

/// Pages through `list` until `page.limit` items please `keep`. `key_of`: what the listing is ordered by.
template <class T, class List, class Keep, class KeyOf>
Result<cloud::Page<T>> filtered(cloud::PageRequest page, const List& list, const Keep& keep, const KeyOf& key_of,
                                std::string& last_seen) {
  cloud::Page<T> kept;
  const std::size_t wanted = page.limit;
  for (std::size_t scanned = 0;;) {
    XL_TRY(cloud::Page<T> part, list(page));
    for (T& item : part.items) {
      if (kept.items.size() == wanted || scanned++ == kScannedMax) {
        kept.more = true;
        return kept;
      }
      last_seen = std::invoke(key_of, item);
      if (keep(item)) kept.items.push_back(std::move(item));
    }
    if (!part.more || part.items.empty()) return kept;
    go_on_after(page, last_seen);
  }
}

}  // namespace xl::api
