// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "platform/linux/wifi.hpp"

namespace xl::platform {

/// The host's own network. Whether there is a way to the Endpoint shows when the transport dials; the Wi-Fi credentials
/// of the dictionary are the host's business and stay unused.
class HostNetwork final : public Wifi {
 public:
  void join(std::string_view /*ssid*/, std::string_view /*passphrase*/) override { state_ = State::up; }
  void leave() override { state_ = State::down; }
  State state() const override { return state_; }
  bool has_radio() const override { return false; }
  void scan(std::chrono::milliseconds /*longest*/, std::function<void(Networks)> done) override { done({}); }

 private:
  State state_ = State::down;
};

}  // namespace xl::platform
