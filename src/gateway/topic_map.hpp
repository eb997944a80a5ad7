// SPDX-License-Identifier: Apache-2.0
// Where an account's topics live inside the shared engine (docs/security.md "Topics of tenants"). Pure.
//   ordinary topic      t        u/{account}/t
//   reserved topic      $x       s/{account}/$x
//   filter f                     as above; one that starts with + or # is ordinary, so it never reaches reserved topics
//   shared filter  $share/g/f    $share/{account}.g/u/{account}/f
//   filter         f/#           …/f/+/#: at AWS `f/#` does not match `f` itself
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace xl::gateway {

std::string engine_topic(std::string_view account_id, std::string_view topic);
/// The topic as the account sees it; nullopt when the engine's topic is not this account's.
std::optional<std::string> account_topic(std::string_view account_id, std::string_view engine_topic);
/// nullopt: `$share` without a group or filter.
std::optional<std::string> engine_filter(std::string_view account_id, std::string_view filter);
/// The engine closes the connection of whoever says anything else: short enough to carry the prefix, fewer levels than
/// it counts, no control characters.
bool suits_engine(std::string_view topic_or_filter);
/// Client ids of two accounts never meet.
std::string engine_client_id(std::string_view account_id, std::string_view client_id);

/// AWS's matching: like MQTT's, but `f/#` does not match `f`.
bool matches_aws(std::string_view filter, std::string_view topic);

}  // namespace xl::gateway
