// SPDX-License-Identifier: Apache-2.0
#include "module/messaging/topics.hpp"

#include "mqtt/topic.hpp"

namespace xl::module::messaging {

unsigned index_of_topic(const dictionary::Dictionary& dictionary, std::string_view topic) {
  for (unsigned index = 1; index <= kTopicsMax; ++index) {
    const auto filter = dictionary.value(dictionary::Key::topic, index);
    if (!filter.empty() && mqtt::matches(filter, topic)) return index;
  }
  return 0;
}

std::optional<unsigned> PendingSubscriptions::settle(std::uint16_t packet_id) {
  for (unsigned index = 1; index <= kTopicsMax; ++index) {
    if (packet_id == 0 || packet_ids_[index] != packet_id) continue;
    packet_ids_[index] = 0;
    return index;
  }
  return std::nullopt;
}

}  // namespace xl::module::messaging
