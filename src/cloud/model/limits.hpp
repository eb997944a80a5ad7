// SPDX-License-Identifier: Apache-2.0
// The limits a device or an account meets, in one place. source: AWS IoT Core endpoints and quotas. kTable holds all of
// them; docs/limits.md is generated from this file (tools/limits_table.py).
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace xl::cloud::limits {

// One message
inline constexpr std::size_t kPayloadBytesMax = 128 * 1024;
inline constexpr std::size_t kTopicBytesMax = 256;
inline constexpr std::size_t kTopicSlashesMax = 7;  ///< not counting the levels of a reserved topic's prefix
inline constexpr std::size_t kClientIdBytesMax = 128;

// One connection
inline constexpr std::size_t kFiltersPerSubscribeMax = 8;
inline constexpr std::size_t kSubscriptionsPerConnectionMax = 50;
inline constexpr std::size_t kPublishesPerSecondMax = 100;  ///< each way
inline constexpr std::size_t kBytesPerSecondMax = 512 * 1024;
inline constexpr std::size_t kUnacknowledgedMax = 100;  ///< QoS 1 in flight
inline constexpr std::chrono::seconds kKeepAliveMin{30};
inline constexpr std::chrono::hours kWebSessionMax{24};     ///< of MQTT over WebSocket with SigV4
inline constexpr std::chrono::seconds kKeepAliveMax{1200};  ///< also what keep-alive 0 becomes

// One client id
inline constexpr std::size_t kConnectsPerSecondAndClientMax = 1;

// One account
inline constexpr std::size_t kConnectsPerSecondMax = 500;
inline constexpr std::size_t kSubscribesPerSecondMax = 500;
inline constexpr std::size_t kConnectionsMax = 500'000;
inline constexpr std::size_t kSubscriptionsMax = 500'000;
inline constexpr std::size_t kAccountPublishesPerSecondMax = 20'000;  ///< each way
inline constexpr std::size_t kRetainedMessagesMax = 500'000;

// Quick Connect
inline constexpr std::chrono::hours kViewerGrantLifetime{24};

// Fleet provisioning
inline constexpr std::chrono::minutes kProvisioningClaimLifetime{5};

// Bulk registration
inline constexpr std::chrono::hours kRegistrationReportsKept{30 * 24};  ///< after the task's end

// The registry
inline constexpr std::size_t kSearchableAttributesMax = 3;
inline constexpr std::chrono::minutes kTypeDeletedAfterDeprecation{5};
inline constexpr std::size_t kTemplateBytesMax = 10'240;
inline constexpr std::size_t kThingNameBytesMax = 128;
inline constexpr std::size_t kAttributeValueBytesMax = 800;
inline constexpr std::size_t kClientTokenBytesMax = 64;

/// What can be set for an account. In the order of kTable, of which these are the first rows.
enum class Limit : std::uint8_t {
  policies_per_certificate,
  policies_per_group,
  versions_per_policy,
  policy_characters,
  versions_per_template,
  attributes_per_thing,
  attributes_per_typed_thing,
  attributes_per_group,
  attribute_bytes,
  groups_per_thing,
  group_depth,
  children_per_group,
  tags_per_resource,
  cas_per_subject,
  payload_bytes,
  filters_per_subscribe,
  subscriptions_per_connection,
  publishes_per_second,
  bytes_per_second,
  account_connects_per_second,
  account_subscribes_per_second,
  account_publishes_per_second,
  account_connections,
  account_subscriptions,
  account_retained_messages
};
inline constexpr std::size_t kLimits = 25;

/// Who decides: an account's own setting, an option of `serve` for all accounts, or nobody.
enum class SetBy : std::uint8_t { account, server, nobody };

/// What counts as long as nobody sets anything. AWS's numbers for all that an account does together protect a service
/// that strangers share: they are off here.
enum class Preset : std::uint8_t { standard, none };

struct Row {
  std::string_view name;
  std::size_t standard;      ///< AWS's default
  std::string_view bounds;   ///< what it counts
  std::string_view refusal;  ///< what one more is answered with
  SetBy set_by = SetBy::account;
  std::string_view note = {};  ///< the option of `serve` for accounts without a value of their own
  Preset preset = Preset::standard;

  /// 0: no limit.
  constexpr std::size_t initial() const { return preset == Preset::none ? 0 : standard; }
};

// clang-format off
inline constexpr std::array kTable{
    Row{"policies-per-certificate", 10, "policies attached to a certificate", "LimitExceededException 410"},
    Row{"policies-per-group", 2, "policies attached to a thing group", "LimitExceededException 410"},
    Row{"versions-per-policy", 5, "versions of a policy", "VersionsLimitExceededException 409"},
    Row{"policy-characters", 2048, "characters of a policy, without white space", "MalformedPolicyException 400"},
    Row{"versions-per-template", 5, "versions of a provisioning template", "VersionsLimitExceededException 409"},
    Row{"attributes-per-thing", 3, "attributes of a thing without a type", "InvalidRequestException 400"},
    Row{"attributes-per-typed-thing", 50, "attributes of a thing with a type", "InvalidRequestException 400"},
    Row{"attributes-per-group", 50, "attributes of a thing group", "InvalidRequestException 400"},
    Row{"attribute-bytes", 48'128, "names and values of all attributes of a thing or group", "InvalidRequestException 400"},
    Row{"groups-per-thing", 10, "thing groups that a thing is in", "InvalidRequestException 400"},
    Row{"group-depth", 7, "thing groups from the root to a leaf", "InvalidRequestException 400"},
    Row{"children-per-group", 100, "thing groups right below another", "InvalidRequestException 400"},
    Row{"tags-per-resource", 50, "tags of a resource", "LimitExceededException 410"},
    Row{"cas-per-subject", 10, "CA certificates with the same subject", "LimitExceededException 410"},
    Row{"payload-bytes", kPayloadBytesMax, "bytes of a message; may be set lower, not higher", "disconnect"},
    Row{"filters-per-subscribe", kFiltersPerSubscribeMax, "filters in one SUBSCRIBE, up to 64", "disconnect"},
    Row{"subscriptions-per-connection", kSubscriptionsPerConnectionMax, "subscriptions of a connection", "SUBACK 0x80"},
    Row{"publishes-per-second", kPublishesPerSecondMax, "messages from one connection in a second", "read later", SetBy::account, "--publishes-per-second"},
    Row{"bytes-per-second", kBytesPerSecondMax, "topics and payloads from one connection in a second", "read later", SetBy::account, "--bytes-per-second"},
    Row{"account-connects-per-second", kConnectsPerSecondMax, "connects of an account in a second", "CONNACK 3", SetBy::account, "--account-connects-per-second", Preset::none},
    Row{"account-subscribes-per-second", kSubscribesPerSecondMax, "SUBSCRIBEs of an account in a second", "SUBACK 0x80", SetBy::account, "--account-subscribes-per-second", Preset::none},
    Row{"account-publishes-per-second", kAccountPublishesPerSecondMax, "messages from an account's devices in a second", "read later", SetBy::account, "--account-publishes-per-second", Preset::none},
    Row{"account-connections", kConnectionsMax, "connections of an account", "CONNACK 3", SetBy::account, "--account-connections", Preset::none},
    Row{"account-subscriptions", kSubscriptionsMax, "subscriptions of an account's connections", "SUBACK 0x80", SetBy::account, "--account-subscriptions", Preset::none},
    Row{"account-retained-messages", kRetainedMessagesMax, "topics of an account with a retained message", "delivered, not kept; ThrottlingException 429", SetBy::account, "--account-retained-messages", Preset::none},
    Row{"topic-bytes", kTopicBytesMax, "bytes of a topic", "disconnect", SetBy::nobody},
    Row{"topic-slashes", kTopicSlashesMax, "slashes of a topic, without a reserved topic's prefix", "disconnect", SetBy::nobody},
    Row{"client-id-bytes", kClientIdBytesMax, "bytes of a client id", "CONNACK 2", SetBy::nobody},
    Row{"unacknowledged-messages", kUnacknowledgedMax, "QoS 1 messages to a device without an answer", "sent later", SetBy::nobody},
    Row{"keep-alive-seconds", 1200, "keep-alive; also what 0 becomes", "this value instead", SetBy::nobody},
    Row{"web-session-hours", 24, "hours of an MQTT session over WebSocket", "disconnect", SetBy::nobody},
    Row{"connects-per-certificate", kConnectsPerSecondAndClientMax, "connects of a certificate in a second", "CONNACK 3", SetBy::server, "--connects-per-certificate"},
    Row{"searchable-attributes", kSearchableAttributesMax, "searchable attributes of a thing type", "InvalidRequestException 400", SetBy::nobody},
    Row{"type-deletion-minutes", 5, "minutes until a deprecated thing type may be deleted", "InvalidRequestException 400", SetBy::nobody},
    Row{"template-bytes", kTemplateBytesMax, "characters of a provisioning template", "InvalidRequestException 400", SetBy::nobody},
    Row{"name-bytes", kThingNameBytesMax, "characters of the name of a thing, type, group or policy", "InvalidRequestException 400", SetBy::nobody},
    Row{"attribute-value-bytes", kAttributeValueBytesMax, "characters of an attribute's value", "InvalidRequestException 400", SetBy::nobody},
    Row{"client-token-bytes", kClientTokenBytesMax, "bytes of a job request's clientToken", "rejected", SetBy::nobody},
};
// clang-format on

constexpr std::size_t index_of(Limit limit) { return static_cast<std::size_t>(limit); }
constexpr const Row& row_of(Limit limit) { return kTable[index_of(limit)]; }

/// By its name in the table, if an account may set it.
constexpr std::optional<Limit> find_limit(std::string_view name) {
  for (std::size_t i = 0; i < kLimits; ++i) {
    if (kTable[i].name == name) return static_cast<Limit>(i);
  }
  return std::nullopt;
}

constexpr bool accounts_set_the_first_rows() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if ((kTable[i].set_by == SetBy::account) != (i < kLimits)) return false;
  }
  return index_of(Limit::account_retained_messages) + 1 == kLimits;
}
static_assert(accounts_set_the_first_rows());

/// What counts for one account: its own settings over the defaults. Or what a server sets for all of them.
class AccountLimits {
 public:
  std::optional<std::size_t> own(Limit limit) const { return own_[index_of(limit)]; }
  void set(Limit limit, std::size_t value) { own_[index_of(limit)] = value; }
  /// 0: no limit.
  std::size_t operator[](Limit limit) const { return own(limit).value_or(row_of(limit).initial()); }
  bool allow(Limit limit, std::size_t count) const { return (*this)[limit] == 0 || count <= (*this)[limit]; }
  /// With what `server` sets where these have nothing of their own.
  AccountLimits over(const AccountLimits& server) const {
    AccountLimits out = server;
    for (std::size_t i = 0; i < kLimits; ++i) {
      if (own_[i]) out.own_[i] = own_[i];
    }
    return out;
  }

 private:
  std::array<std::optional<std::size_t>, kLimits> own_;
};

}  // namespace xl::cloud::limits
