// SPDX-License-Identifier: Apache-2.0
#include "platform/mcu/uart.hpp"

namespace xl::platform::mcu {
namespace {

constexpr std::uint32_t kClockHz = 25'000'000;
constexpr std::uint32_t kBitsPerSecond = 115'200;  // source: guide 4.1.1
constexpr std::uint32_t kSendIsFull = 1U << 0;
constexpr std::uint32_t kReceiveIsFull = 1U << 1;
constexpr std::uint32_t kControl = 1U << 0 | 1U << 1 | 1U << 3;  ///< send, receive, interrupt when a byte has come
constexpr std::uint32_t kReceiveInterrupt = 1U << 1;

}  // namespace

extern "C" volatile std::uint32_t interrupts_enable;
extern "C" volatile std::uint32_t interrupts_clear;
extern "C" void wait_for_interrupt();

BlockingUart::BlockingUart(volatile UartRegisters& registers, unsigned receive_interrupt)
    : registers_(registers), receive_interrupt_(1U << receive_interrupt) {
  registers_.divider = kClockHz / kBitsPerSecond;
  registers_.control = kControl;
  static_cast<void>(registers_.data);  // QEMU looks for input again after a read, not because the receiver is on
  interrupts_enable = receive_interrupt_;
}

void BlockingUart::write(ByteView bytes) {
  for (const Byte byte : bytes) {
    while ((registers_.state & kSendIsFull) != 0) {
    }
    registers_.data = byte;
  }
}

/// A byte that comes between the look and the sleep leaves its interrupt pending: the sleep ends at once.
Byte BlockingUart::read() {
  while ((registers_.state & kReceiveIsFull) == 0) {
    wait_for_interrupt();
    registers_.interrupts = kReceiveInterrupt;
    interrupts_clear = receive_interrupt_;
  }
  return static_cast<Byte>(registers_.data);
}

}  // namespace xl::platform::mcu
