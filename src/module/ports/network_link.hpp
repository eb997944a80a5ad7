// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::module::ports {

/// The model's way onto a network: Wi-Fi, cellular, or the host's own network.
class NetworkLink {
 public:
  enum class State { down, joining, up };
  /// Starts joining with the credentials of the dictionary (empty: whatever the link has by itself). May be called
  /// again.
  virtual void join(std::string_view ssid, std::string_view passphrase) = 0;
  /// The radio may rest: off the network until the next join().
  virtual void leave() = 0;
  /// `down` after join() says that joining failed.
  virtual State state() const = 0;

 protected:
  ~NetworkLink() = default;
};

}  // namespace xl::module::ports
