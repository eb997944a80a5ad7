// SPDX-License-Identifier: Apache-2.0
#include "gateway/topic_map.hpp"

#include <algorithm>

#include "mqtt/topic.hpp"
#include "mqtt/utf8.hpp"

namespace xl::gateway {
namespace {

/// Of Mosquitto's 65,535 bytes and 200 levels, less what is put before and after.
constexpr std::size_t kTopicBytesMax = 65'000;
constexpr std::ptrdiff_t kSlashesMax = 190;
constexpr std::string_view kShare = "$share/";

std::string prefix_of(std::string_view account_id, bool reserved) {
  return (reserved ? "s/" : "u/") + std::string(account_id) + "/";
}

/// "a/#" -> "a/+/#"; "#" stays: the account's prefix itself is never published to.
std::string without_parent_level(std::string_view filter) {
  if (filter.ends_with("/#")) return std::string(filter.substr(0, filter.size() - 1)) + "+/#";
  return std::string(filter);
}

}  // namespace

std::string engine_topic(std::string_view account_id, std::string_view topic) {
  return prefix_of(account_id, topic.starts_with('$')) + std::string(topic);
}

std::optional<std::string> account_topic(std::string_view account_id, std::string_view engine_topic) {
  for (const bool reserved : {false, true}) {
    const std::string prefix = prefix_of(account_id, reserved);
    if (engine_topic.starts_with(prefix)) return std::string(engine_topic.substr(prefix.size()));
  }
  return std::nullopt;
}

std::optional<std::string> engine_filter(std::string_view account_id, std::string_view filter) {
  if (!filter.starts_with(kShare)) {
    return prefix_of(account_id, filter.starts_with('$')) + without_parent_level(filter);
  }
  filter.remove_prefix(kShare.size());
  const auto slash = filter.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == filter.size()) return std::nullopt;
  const std::string_view group = filter.substr(0, slash);
  const std::string_view inner = filter.substr(slash + 1);
  if (group.find_first_of("+#") != std::string_view::npos || inner.starts_with('$')) return std::nullopt;
  return std::string(kShare) + std::string(account_id) + "." + std::string(group) + "/" + prefix_of(account_id, false) +
         without_parent_level(inner);
}

bool suits_engine(std::string_view topic_or_filter) {
  return topic_or_filter.size() <= kTopicBytesMax && std::ranges::count(topic_or_filter, '/') <= kSlashesMax &&
         mqtt::is_printable(topic_or_filter);
}

std::string engine_client_id(std::string_view account_id, std::string_view client_id) {
  return std::string(account_id) + "/" + std::string(client_id);
}

bool matches_aws(std::string_view filter, std::string_view topic) {
  if (filter.ends_with("/#") && mqtt::matches(filter.substr(0, filter.size() - 2), topic)) return false;
  return mqtt::matches(filter, topic);
}

}  // namespace xl::gateway
