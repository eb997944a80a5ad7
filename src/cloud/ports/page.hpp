// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace xl::cloud {

/// What a listing is ordered by: its entries' key (a name, an id), or their creation.
enum class Order { key, oldest_first, newest_first };

/// A slice of a listing: entries after `after` (exclusive; empty: from the start), at most `limit`. Only certificates,
/// CA certificates, transfers, policies and an account's claims are listed in an order of creation too.
struct PageRequest {
  std::string after;
  std::size_t limit = 25;
  Order order = Order::key;
  std::optional<UnixMillis> created_after = std::nullopt;  ///< with the orders of creation; `after` tells equals apart
};
template <class T>
struct Page {
  std::vector<T> items;
  bool more = false;  ///< entries follow the last item
};

/// An entry of a log that only grows, or of a table that is read in pieces; numbers rise.
template <class T>
struct Numbered {
  std::int64_t number = 0;
  T entry;
};

}  // namespace xl::cloud
