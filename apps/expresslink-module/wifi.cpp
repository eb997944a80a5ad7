// SPDX-License-Identifier: Apache-2.0
#include "wifi.hpp"

#include "platform/linux/host_network.hpp"
#include "platform/linux/simulated_wifi.hpp"
#include "platform/linux/wpa_supplicant.hpp"

namespace xl::app {

Result<std::unique_ptr<platform::Wifi>> open_wifi(const std::string& kind, platform::EventLoop& loop) {
  const auto colon = kind.find(':');
  const std::string name = kind.substr(0, colon);
  const std::string where = colon == std::string::npos ? std::string() : kind.substr(colon + 1);
  if (kind == "none") return std::make_unique<platform::HostNetwork>();
  if (name == "simulator" && !where.empty()) {
    XL_TRY(platform::SimulatedWifi wifi, platform::SimulatedWifi::open(where));
    return std::make_unique<platform::SimulatedWifi>(std::move(wifi));
  }
  if (name == "wpa" && !where.empty()) return platform::WpaSupplicant::open(loop, where);
  return fail(Error::invalid("--wifi " + kind + ": expected none, simulator:FILE or wpa:SOCKET"));
}

}  // namespace xl::app
