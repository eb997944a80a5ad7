// SPDX-License-Identifier: Apache-2.0
// The registry says which topics there are, the engine what is on them: one whose message the engine has lost is not
// shown.
// source: AWS IoT API Reference, ListRetainedMessages and GetRetainedMessage
#include <map>

#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

/// errors: InvalidRequestException (no topic), ServiceUnavailableException (the engine is away)
tl::expected<std::vector<cloud::Message>, Fault> ask_engine(const Site& site, const std::string& account_id,
                                                            const std::vector<std::string>& topics) {
  if (!site.options.retained_messages)
    return fail(exceptions::kServiceUnavailable, "This server has no MQTT engine to ask.");
  XL_TRY(auto messages, site.options.retained_messages->on(account_id, topics));
  return messages;
}

}  // namespace

Outcome list_retained_messages(const Request& request, const cloud::Registry& registry, const Site& site) {
  XL_TRY(const auto page, page_request(request, kRetainedTokens));
  XL_TRY(const auto found, registry.retained_topics().list(request.account.id, page));
  std::vector<std::string> topics;
  for (const auto& retained : found.items) topics.push_back(retained.topic);
  XL_TRY(const auto messages, ask_engine(site, request.account.id, topics));
  std::map<std::string_view, const cloud::Message*> by_topic;
  for (const auto& message : messages) by_topic[message.topic] = &message;
  boost::json::array summaries;
  for (const auto& retained : found.items) {
    const auto message = by_topic.find(retained.topic);
    if (message == by_topic.end()) continue;
    summaries.push_back({{"topic", retained.topic},
                         {"payloadSize", message->second->payload.size()},
                         {"qos", message->second->qos},
                         {"lastModifiedTime", to_millis(retained.modified)}});
  }
  Reply reply{{"retainedTopics", std::move(summaries)}};
  if (found.more) add_next(reply, kRetainedTokens, found.items.back().topic);
  return reply;
}

Outcome get_retained_message(const Request& request, const cloud::Registry& registry, const Site& site) {
  const std::string topic = find_parameter(request.labels, "topic").value_or("");
  XL_TRY(const auto messages, ask_engine(site, request.account.id, {topic}));
  if (messages.empty())
    return fail(exceptions::kResourceNotFound, "There is no retained message on the topic " + topic + ".");
  const cloud::Message& message = messages.front();
  Reply reply{{"topic", topic}, {"payload", base64_encode(as_bytes(message.payload))}, {"qos", message.qos}};
  // One that came this very moment may not have been noted yet.
  const auto noted = registry.retained_topics().find(request.account.id, topic);
  if (noted) reply["lastModifiedTime"] = to_millis(noted->modified);
  return reply;
}

}  // namespace xl::api
