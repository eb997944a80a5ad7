// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::module::ports {

/// A way for a person to enter the network's credentials without the host: CONFMODE (guide 4.7.5). What was entered
/// comes back by Module::on_credentials(), the end without it by Module::on_provisioning_ended().
class Provisioner {
 public:
  /// `name` is CONFMODE's parameter, shown to the person; may be empty (copied). false: it cannot start now.
  [[nodiscard]] virtual bool start(std::string_view name) = 0;
  /// Nobody can enter anything from now on. Harmless when it has not started.
  virtual void stop() = 0;

 protected:
  ~Provisioner() = default;
};

}  // namespace xl::module::ports
