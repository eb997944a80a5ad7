// SPDX-License-Identifier: Apache-2.0
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "base/log.hpp"
#include "crypto/random.hpp"

namespace xl::api {

using cloud::limits::Limit;

namespace {

constexpr std::size_t kPayloadBytesMax = 128 << 10;  // source: AWS IoT Core message broker limits

/// For ListRetainedMessages. The message itself is on its way: nobody waits for this.
void note_retained(cloud::RegistryStore& store, const cloud::RetainedTopic& retained, std::string_view payload) {
  store.submit(
      [retained, is_gone = payload.empty()](cloud::Registry& registry) {
        auto& topics = registry.retained_topics();
        return is_gone ? topics.forget(retained.account_id, retained.topic) : topics.note(retained);
      },
      [](const Status& status) {
        if (status) return;
        log::error("api", "the topic of a retained message could not be noted", {{"reason", status.error().detail}});
      },
      cloud::RegistryStore::Urgency::soon);
}

/// As the gateway's RetainedIndex, which does it for devices.
tl::expected<void, Fault> check_room(const cloud::Registry& registry, const Site& site, const std::string& account,
                                     const std::string& topic) {
  XL_TRY(const auto own, registry.accounts().limits(account));
  const auto limits = own.over(site.options.limits);
  const auto& topics = registry.retained_topics();
  XL_TRY(const std::size_t count, topics.count(account));
  if (limits.allow(Limit::account_retained_messages, count + 1) || topics.find(account, topic)) return {};
  return fail(exceptions::kThrottling, "The account has as many retained messages as it may: " +
                                           std::to_string(limits[Limit::account_retained_messages]) + ".");
}

}  // namespace

/// The SDKs send the topic as one segment (%2F), people with curl send slashes; both are the same topic.
Outcome publish(const Request& request, const cloud::Registry& registry, const Site& site) {
  Constraints constraints;
  cloud::Message message;
  message.topic = find_parameter(request.labels, "topic").value_or("");
  message.qos = static_cast<int>(constraints.query_number(request, "qos", 0, 1, 0));
  message.retain = constraints.query_flag(request, "retain").value_or(false);
  XL_CHECK(constraints.result());
  if (request.payload.size() > kPayloadBytesMax)
    return fail(exceptions::kRequestTooLarge, "The payload is longer than 128 KB.");
  if (message.topic.starts_with('$')) {
    return fail(exceptions::kInvalidRequest,
                "Topics that begin with $ are reserved; nothing can be published to them by this operation.");
  }
  if (request.role == cloud::Role::claim_only && !message.topic.ends_with("/expresslink_config"))
    return fail(exceptions::kAccessDenied, "A claim-only access key publishes on expresslink_config topics only.");
  message.payload = request.payload;
  if (message.retain && !message.payload.empty())
    XL_CHECK(check_room(registry, site, request.account.id, message.topic));
  XL_CHECK(site.bus.publish(request.account.id, message));
  if (message.retain) note_retained(site.store, {request.account.id, message.topic, request.now}, message.payload);
  return Reply{{"message", "OK"}, {"traceId", crypto::random_uuid()}};
}

}  // namespace xl::api
