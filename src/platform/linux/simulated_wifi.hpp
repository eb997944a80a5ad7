// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "platform/linux/wifi.hpp"

namespace xl::platform {

/// Wi-Fi without a radio: the networks on the air are the lines of a file, `SSID <tab> passphrase [<tab> dBm]`, an
/// empty passphrase for an open network, `#` before a comment. The file is read again whenever it matters, so whoever
/// edits it moves the access points.
class SimulatedWifi final : public Wifi {
 public:
  /// errors: io, invalid_argument (names the line)
  static Result<SimulatedWifi> open(const std::filesystem::path& file);

  void join(std::string_view ssid, std::string_view passphrase) override;
  void leave() override { associated_at_.reset(); }
  State state() const override;
  void scan(std::chrono::milliseconds longest, std::function<void(Networks)> done) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct AccessPoint {
    std::string passphrase;
    int signal_dbm;
  };
  using Air = std::map<std::string, AccessPoint>;

  explicit SimulatedWifi(std::filesystem::path file) : file_(std::move(file)) {}
  static Result<Air> read(const std::filesystem::path& file);
  Air on_air() const;
  bool is_joined() const;

  std::filesystem::path file_;
  std::string ssid_, passphrase_;
  std::optional<Clock::time_point> associated_at_;  ///< of the last join()
};

}  // namespace xl::platform
