// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace xl::console {

/// "/q/{thing}" or "/q/{thing}/{action}".
struct PagePath {
  std::string thing_name;
  std::string action;  ///< empty: the page itself
};
/// nullopt: not such a path, or no thing can have that name.
std::optional<PagePath> parse_page_path(std::string_view raw_path);

}  // namespace xl::console
