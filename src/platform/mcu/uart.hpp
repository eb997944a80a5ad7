// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "base/bytes.hpp"

namespace xl::platform::mcu {

/// The registers of a CMSDK APB UART. source: Arm DDI 0479
struct UartRegisters {
  std::uint32_t data;
  std::uint32_t state;
  std::uint32_t control;
  std::uint32_t interrupts;
  std::uint32_t divider;
};

/// A serial line that waits for room, and sleeps until bytes come.
class BlockingUart {
 public:
  /// Switched on with 115200 8N1; what came before is lost. `receive_interrupt` is its number at the interrupt
  /// controller, below 32.
  BlockingUart(volatile UartRegisters& registers, unsigned receive_interrupt);

  void write(ByteView bytes);
  Byte read();

 private:
  volatile UartRegisters& registers_;
  std::uint32_t receive_interrupt_;
};

inline constexpr unsigned kUart0ReceiveInterrupt = 0;
inline constexpr unsigned kUart1ReceiveInterrupt = 2;

/// The board's: the linker script says where.
extern "C" volatile UartRegisters uart0_registers;
extern "C" volatile UartRegisters uart1_registers;

}  // namespace xl::platform::mcu
