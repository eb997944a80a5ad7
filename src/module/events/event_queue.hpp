// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "at/text_builder.hpp"
#include "module/limits.hpp"
#include "module/ports/uart.hpp"

namespace xl::module::events {

/// The numbers are the wire's. source: guide table 4
enum class EventId : std::uint16_t {
  message = 1,
  startup = 2,
  connection_lost = 3,
  overrun = 4,
  ota = 5,
  connect = 6,
  confmode = 7,
  subscription_accepted = 8,
  subscription_refused = 9,
};

std::string_view mnemonic(EventId id);

struct Event {
  EventId id{};
  unsigned parameter = 0;
  at::TextBuilder<kSizes.event_detail_bytes> detail;
};

/// First in, first out; when full the oldest is dropped. Drives the EVENT pin. source: guide 7.1.1
class EventQueue {
 public:
  explicit EventQueue(ports::Pins& pins) : pins_(pins) {}

  void push(EventId id, unsigned parameter = 0, std::string_view detail = {});
  /// The oldest event, valid until the next push(); nullptr when there is none.
  const Event* pop();
  void clear();
  bool empty() const { return count_ == 0; }

 private:
  ports::Pins& pins_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::array<Event, kEventsMax> events_{};
};

}  // namespace xl::module::events
