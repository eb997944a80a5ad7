// SPDX-License-Identifier: Apache-2.0
#include "console/page_path.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xl::console {
namespace {

constexpr std::size_t kThingNameMax = 128;

/// source: AWS IoT API reference, ThingName
bool is_thing_name(std::string_view name) {
  const auto accepted = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kThingNameMax && std::ranges::all_of(name, accepted);
}

}  // namespace

std::optional<PagePath> parse_page_path(std::string_view raw_path) {
  const auto parts = split(raw_path, '/');
  if (parts.size() < 3 || parts.size() > 4 || parts[1] != "q") return std::nullopt;
  auto name = percent_decode(parts[2]);
  if (!name || !is_thing_name(*name)) return std::nullopt;
  return PagePath{*std::move(name), parts.size() == 4 ? std::string(parts[3]) : std::string()};
}

}  // namespace xl::console
