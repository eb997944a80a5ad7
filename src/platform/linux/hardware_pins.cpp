// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/hardware_pins.hpp"

#include "base/log.hpp"

namespace xl::platform {
namespace {

void report(const char* pin, const Error& failure) {
  log::error("platform", "a pin fails", {{"pin", pin}, {"reason", failure.detail}});
}

}  // namespace

Result<std::unique_ptr<HardwarePins>> HardwarePins::open(EventLoop& loop, Gpio& gpio, const Lines& lines) {
  std::unique_ptr<HardwarePins> pins(new HardwarePins(loop));
  if (lines.event) {
    XL_TRY(pins->event_, gpio.output(*lines.event, false));
  }
  if (lines.reset) {
    XL_TRY(pins->reset_, gpio.input(*lines.reset));
    XL_TRY(const bool is_high, pins->reset_->read());
    pins->is_held_ = !is_high;
  }
  if (lines.wake) {
    XL_TRY(pins->wake_, gpio.input(*lines.wake));
    XL_TRY(pins->was_wake_high_, pins->wake_->read());
  }
  return pins;
}

HardwarePins::~HardwarePins() {
  if (reset_) loop_.forget(reset_->descriptor());
  if (wake_) loop_.forget(wake_->descriptor());
  events_wait_ = false;
  drive();
}

void HardwarePins::set_event(bool high) {
  events_wait_ = high;
  drive();
}

void HardwarePins::watch(Actions actions) {
  actions_ = std::move(actions);
  if (reset_) loop_.watch(reset_->descriptor(), POLLIN, [this](short) { on_reset_edge(); });
  if (wake_) loop_.watch(wake_->descriptor(), POLLIN, [this](short) { on_wake_edge(); });
}

void HardwarePins::drive() {
  const bool high = events_wait_ && !is_held_;
  log::debug("platform", "EVENT pin", {{"level", high ? "high" : "low"}});
  if (!event_) return;
  if (const auto done = event_->set(high); !done) report("EVENT", done.error());
}

/// A pulse that is over when it is seen is a reset, too.
void HardwarePins::on_reset_edge() {
  const auto is_high = reset_->read();
  if (!is_high) {
    loop_.forget(reset_->descriptor());  // a chip that is gone would wake the loop for ever
    return report("RST", is_high.error());
  }
  is_held_ = !*is_high;
  log::info("platform", is_held_ ? "RST is low: held in reset" : "RST is high: started");
  actions_.reset();
  drive();
}

/// A pulse that is over when it is seen wakes, too; a release of what was low before does not.
void HardwarePins::on_wake_edge() {
  const auto is_high = wake_->read();
  if (!is_high) {
    loop_.forget(wake_->descriptor());
    return report("WAKE", is_high.error());
  }
  log::debug("platform", "WAKE pin", {{"level", *is_high ? "high" : "low"}});
  const bool went_low = !*is_high || was_wake_high_;
  was_wake_high_ = *is_high;
  if (went_low && !is_held_) actions_.wake();
}

}  // namespace xl::platform
