// SPDX-License-Identifier: Apache-2.0
// A deletion that is refused names what has to go first, as far as one message goes.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "cloud/ports/registry.hpp"

namespace xl::api {

/// As much as is looked at: the writer must not read a fleet for the sake of a message.
inline constexpr std::size_t kInTheWayMax = 100;
inline cloud::PageRequest in_the_way() { return {.after = "", .limit = kInTheWayMax}; }

/// "a, b, c and 4 more"; `more`: there are others than these.
inline std::string named(const std::vector<std::string>& names, bool more = false) {
  constexpr std::size_t kNamedMax = 3;
  const std::size_t shown = std::min(names.size(), kNamedMax);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  const std::string rest = std::to_string(names.size() - shown);
  if (more) return text + " and more than " + rest + " others";
  return names.size() == shown ? text : text + " and " + rest + " more";
}

template <class T, class NameOf = std::identity>
std::vector<std::string> names_of(const std::vector<T>& items, const NameOf& name_of = {}) {
  std::vector<std::string> names;
  for (const T& item : items) names.emplace_back(std::invoke(name_of, item));
  return names;
}

}  // namespace xl::api
