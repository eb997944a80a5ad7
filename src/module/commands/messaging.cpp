// SPDX-License-Identifier: Apache-2.0
#include "module/commands/messaging.hpp"

#include <tl/expected.hpp>

#include "module/core.hpp"
#include "mqtt/topic.hpp"

namespace xl::module::commands {
namespace {

using dictionary::Key;
using messaging::Message;

/// Topic#, if it is set, the module is connected and `is_usable` takes it; checked in this order.
tl::expected<std::string_view, AtError> usable_topic(const Core& core, unsigned index,
                                                     bool (*is_usable)(std::string_view)) {
  const auto topic = core.dictionary.value(Key::topic, index);
  if (topic.empty()) return tl::make_unexpected(AtError::parameter_undefined);
  if (!core.connection.is_connected()) return tl::make_unexpected(AtError::no_connection);
  if (!is_usable(topic)) return tl::make_unexpected(AtError::parameter_error);
  return topic;
}

std::uint8_t qos(const Core& core) { return core.dictionary.value(Key::qos) == "1" ? 1 : 0; }

unsigned index_of(const Core& core, const Message& message) {
  return message.for_catch_all ? 0 : messaging::index_of_topic(core.dictionary, message.topic);
}

}  // namespace

Reply send_message(Core& core, const Arguments& arguments) {
  const auto topic = usable_topic(core, *arguments.suffix, &mqtt::is_topic_name);
  if (!topic) return error(topic.error());
  const auto packet_id = core.connection.publish(*topic, arguments.parameter, qos(core));
  if (!packet_id) return error(AtError::no_connection);
  if (*packet_id == 0) return at::ok();
  core.suspend_for_acknowledgement(*packet_id);
  return at::suspended();
}

Reply get_message(Core& core, const Arguments& arguments) {
  if (!arguments.suffix) {
    const auto next = core.messages.take_first([](const Message&) { return true; });
    return next ? at::ok_with_line(next->topic, next->payload) : at::ok();
  }
  const unsigned index = *arguments.suffix;
  if (index != 0 && core.dictionary.value(Key::topic, index).empty()) return error(AtError::parameter_undefined);
  const auto next = core.messages.take_first([&](const Message& message) { return index_of(core, message) == index; });
  if (!next) return at::ok();
  return index == 0 ? at::ok_with_line(next->topic, next->payload) : at::ok(as_text(next->payload));
}

Reply subscribe(Core& core, const Arguments& arguments) {
  const auto filter = usable_topic(core, *arguments.suffix, &mqtt::is_topic_filter);
  if (!filter) return error(filter.error());
  const auto packet_id = core.connection.subscribe(*filter, qos(core));
  if (!packet_id) return error(AtError::no_connection);
  core.subscriptions.expect(*arguments.suffix, *packet_id);
  return at::ok();
}

Reply unsubscribe(Core& core, const Arguments& arguments) {
  const auto filter = usable_topic(core, *arguments.suffix, &mqtt::is_topic_filter);
  if (!filter) return error(filter.error());
  return core.connection.unsubscribe(*filter) ? at::ok() : error(AtError::no_connection);
}

}  // namespace xl::module::commands
