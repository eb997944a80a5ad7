// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/simulated_wifi.hpp"

#include <charconv>
#include <fstream>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"

namespace xl::platform {
namespace {

constexpr auto kAssociation = std::chrono::milliseconds(200);
constexpr int kUsualSignal = -60;
constexpr std::size_t kSsidBytesMax = 32;

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<SimulatedWifi> SimulatedWifi::open(const std::filesystem::path& file) {
  XL_CHECK(read(file).map([](const Air&) {}));
  return SimulatedWifi(file);
}

Result<SimulatedWifi::Air> SimulatedWifi::read(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(Error::io("The networks of the simulated Wi-Fi, " + file.string() + ", cannot be read."));
  Air air;
  std::string line;
  for (int count = 1; std::getline(in, line); ++count) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto parts = split(line, '\t');
    const auto signal = parts.size() == 3 ? number(parts[2]) : kUsualSignal;
    const bool is_line = (parts.size() == 2 || parts.size() == 3) && signal;
    if (!is_line || parts[0].empty() || parts[0].size() > kSsidBytesMax || !is_passphrase(parts[1])) {
      return fail(Error::invalid(file.string() + ", line " + std::to_string(count) +
                                 ": expected an SSID of 1 to 32 bytes, a tab, a passphrase (none, 8 to 63 bytes or 64 "
                                 "hexadecimal digits), and perhaps another tab and the signal in dBm."));
    }
    air[std::string(parts[0])] = {std::string(parts[1]), *signal};
  }
  return air;
}

SimulatedWifi::Air SimulatedWifi::on_air() const {
  auto air = read(file_);
  if (air) return *std::move(air);
  log::warn("wifi", "nothing is on the simulated air", {{"what", air.error().detail}});
  return {};
}

void SimulatedWifi::join(std::string_view ssid, std::string_view passphrase) {
  ssid_ = ssid;
  passphrase_ = passphrase;
  associated_at_ = Clock::now() + kAssociation;
}

Wifi::State SimulatedWifi::state() const {
  if (!associated_at_ || ssid_.empty()) return State::down;
  if (Clock::now() < *associated_at_) return State::joining;
  return is_joined() ? State::up : State::down;
}

bool SimulatedWifi::is_joined() const {
  const Air air = on_air();
  const auto found = air.find(ssid_);
  if (found == air.end()) {
    log::info("wifi", "the network is not there", {{"ssid", ssid_}});
    return false;
  }
  if (found->second.passphrase == passphrase_) return true;
  log::info("wifi", "the network refuses the passphrase", {{"ssid", ssid_}});
  return false;
}

void SimulatedWifi::scan(std::chrono::milliseconds /*longest*/, std::function<void(Networks)> done) {
  Networks networks;
  for (const auto& [ssid, point] : on_air()) networks.push_back({ssid, point.signal_dbm, point.passphrase.empty()});
  done(without_repetitions(std::move(networks)));
}

}  // namespace xl::platform
