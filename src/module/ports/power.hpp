// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xl::module::ports {

/// What the body around the module does while it sleeps (guide 4.7.4). The module itself sets no other timer then than
/// the one that ends a timed sleep.
class Power {
 public:
  /// The deepest mode there is; 0 for a body that only has the mode in which the UART listens.
  virtual unsigned deepest_mode() const = 0;
  /// From now on only time, Module::on_wake() and Module::start() matter, and in mode 0 the UART. What the module has
  /// written so far still goes out.
  virtual void sleep(unsigned mode) = 0;
  /// Everything is as before; what came to a UART that was off is lost.
  virtual void wake() = 0;

 protected:
  ~Power() = default;
};

}  // namespace xl::module::ports
