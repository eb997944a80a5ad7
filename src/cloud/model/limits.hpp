// SPDX-License-Identifier: Apache-2.0
// The limits a device or an account meets, in one place. source: AWS IoT Core endpoints and quotas; zero switches a
// rate off.
#pragma once
#include <chrono>
#include <cstddef>

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
inline constexpr std::size_t kQueuedMessagesPerSecondMax = 500;

// Quick Connect
inline constexpr std::chrono::hours kViewerGrantLifetime{24};

// Fleet provisioning
inline constexpr std::chrono::minutes kProvisioningClaimLifetime{5};

// The registry
inline constexpr std::size_t kPoliciesPerPrincipalMax = 10;
inline constexpr std::size_t kPoliciesPerGroupMax = 2;
inline constexpr std::size_t kVersionsPerPolicyMax = 5;
inline constexpr std::size_t kVersionsPerTemplateMax = 5;
inline constexpr std::size_t kAttributesPerThingMax = 3;
inline constexpr std::size_t kAttributesPerTypedThingMax = 50;
inline constexpr std::size_t kAttributesPerGroupMax = 50;
inline constexpr std::size_t kAttributesBytesMax = 47 * 1024;  ///< names and values together
inline constexpr std::size_t kSearchableAttributesMax = 3;
inline constexpr std::chrono::minutes kTypeDeletedAfterDeprecation{5};
inline constexpr std::size_t kGroupsPerThingMax = 10;
inline constexpr std::size_t kGroupDepthMax = 7;
inline constexpr std::size_t kChildrenPerGroupMax = 100;
inline constexpr std::size_t kTagsPerResourceMax = 50;
inline constexpr std::size_t kPolicyCharactersMax = 2048;  ///< white space does not count
inline constexpr std::size_t kTemplateBytesMax = 10'240;
inline constexpr std::size_t kThingNameBytesMax = 128;
inline constexpr std::size_t kAttributeValueBytesMax = 800;
inline constexpr std::size_t kClientTokenBytesMax = 64;

}  // namespace xl::cloud::limits
