// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.hpp"

namespace xl::module::ports {

/// The way back to the host processor: 115200 8N1, no flow control, no echo (guide 4.1.1).
class Uart {
 public:
  /// Queues the bytes in order. The platform must take a whole response (20 KiB at least: a long message, every byte
  /// escaped).
  virtual void write(ByteView bytes) = 0;

 protected:
  ~Uart() = default;
};

/// The EVENT pin: high while events wait (guide 7.1.1.2).
class Pins {
 public:
  virtual void set_event(bool high) = 0;

 protected:
  ~Pins() = default;
};

}  // namespace xl::module::ports
