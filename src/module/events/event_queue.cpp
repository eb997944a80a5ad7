// SPDX-License-Identifier: Apache-2.0
#include "module/events/event_queue.hpp"

namespace xl::module::events {

std::string_view mnemonic(EventId id) {
  switch (id) {
    case EventId::message:
      return "MSG";
    case EventId::startup:
      return "STARTUP";
    case EventId::connection_lost:
      return "CONLOST";
    case EventId::overrun:
      return "OVERRUN";
    case EventId::ota:
      return "OTA";
    case EventId::connect:
      return "CONNECT";
    case EventId::confmode:
      return "CONFMODE";
    case EventId::subscription_accepted:
      return "SUBACK";
    case EventId::subscription_refused:
      return "SUBNACK";
  }
  return {};
}

void EventQueue::push(EventId id, unsigned parameter, std::string_view detail) {
  if (count_ == events_.size()) {
    first_ = (first_ + 1) % events_.size();
    --count_;
  }
  Event& event = events_[(first_ + count_++) % events_.size()];
  event.id = id;
  event.parameter = parameter;
  event.detail.clear();
  event.detail.add(detail);
  pins_.set_event(true);
}

const Event* EventQueue::pop() {
  if (count_ == 0) return nullptr;
  const Event& event = events_[first_];
  first_ = (first_ + 1) % events_.size();
  if (--count_ == 0) pins_.set_event(false);
  return &event;
}

void EventQueue::clear() {
  count_ = 0;
  pins_.set_event(false);
}

}  // namespace xl::module::events
