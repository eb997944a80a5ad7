// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "module/dictionary/dictionary.hpp"
#include "module/limits.hpp"

namespace xl::module::messaging {

/// The lowest index whose Topic# matches `topic` as an MQTT filter; 0 when none does. source: guide 5.1.1, 5.1.7
unsigned index_of_topic(const dictionary::Dictionary& dictionary, std::string_view topic);

/// SUBSCRIBE packets that the broker has not answered yet, one per topic index. A newer one, or another value of the
/// key, makes the older one's answer unimportant. source: guide 5.1.7.7, 5.1.7.8
class PendingSubscriptions {
 public:
  void expect(unsigned index, std::uint16_t packet_id) { packet_ids_[index] = packet_id; }
  void forget(unsigned index) { packet_ids_[index] = 0; }
  void clear() { packet_ids_.fill(0); }
  /// The index that waits for `packet_id`, which it does no longer.
  std::optional<unsigned> settle(std::uint16_t packet_id);

 private:
  std::array<std::uint16_t, kTopicsMax + 1> packet_ids_{};
};

}  // namespace xl::module::messaging
