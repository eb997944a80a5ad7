// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "module/ports/uart.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/gpio.hpp"

namespace xl::platform {

/// EVENT, RST and WAKE on lines of GPIO chips; each of them may be missing. source: guide 2.2
class HardwarePins final : public module::ports::Pins {
 public:
  struct Lines {
    std::optional<GpioLine> event;  ///< output: high while events wait, low while RST is held
    std::optional<GpioLine> reset;  ///< input, active low
    std::optional<GpioLine> wake;   ///< input, active low
  };
  static Result<std::unique_ptr<HardwarePins>> open(EventLoop& loop, Gpio& gpio, const Lines& lines);
  ~HardwarePins();
  HardwarePins(const HardwarePins&) = delete;
  HardwarePins& operator=(const HardwarePins&) = delete;

  void set_event(bool high) override;
  /// While it is, the module hears and says nothing.
  bool is_held_in_reset() const { return is_held_; }
  struct Actions {
    /// Empties the module (Module::start()): when RST goes low, so that it is disconnected and empty while it is held,
    /// and again when it is released.
    std::function<void()> reset;
    std::function<void()> wake;  ///< WAKE went low (Module::on_wake())
  };
  void watch(Actions actions);

 private:
  explicit HardwarePins(EventLoop& loop) : loop_(loop) {}
  void drive();
  void on_reset_edge();
  void on_wake_edge();

  EventLoop& loop_;
  std::unique_ptr<GpioOutput> event_;
  std::unique_ptr<GpioInput> reset_;
  std::unique_ptr<GpioInput> wake_;
  Actions actions_;
  bool events_wait_ = false;
  bool is_held_ = false;
  bool was_wake_high_ = true;
};

}  // namespace xl::platform
