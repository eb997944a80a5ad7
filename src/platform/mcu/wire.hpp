// SPDX-License-Identifier: Apache-2.0
// What goes over the wire between a target, which runs the module, and a bench, which holds the module's world: time,
// flash, network, certificates. The bench sends an input; the target runs it, calls back for each port that the module
// uses and waits where the port has an answer, and ends with `done`. One thing at a time, so virtual time stays exact.
// Numbers are little-endian; a text is its 32-bit length and its bytes.
#pragma once
#include <cstddef>
#include <cstdint>

namespace xl::platform::mcu {

/// Bench to target.
enum class Input : std::uint8_t {
  power_up = 1,      ///< texts of Identity in its order, u8 has_wifi, u16 port, u8 provisioner?, u8 diagnostics?
  start,             ///< nothing: RST released
  uart,              ///< u32 count of bytes, which come over the host's line
  transport,         ///< u8 kind, u8 fault, text detail, text bytes
  credentials,       ///< text SSID, text passphrase; the result comes with `done`
  provisioning_end,  ///< nothing
  diagnostics,       ///< u8 kind, text, u64 round trip in ms, u16 TCP port, u32 signal in dBm, two's complement
  wake,              ///< nothing: WAKE is low
  time,              ///< nothing
  report,            ///< nothing; `done` is followed by u32, the stack's high-water mark in bytes
  trap,              ///< nothing: the target runs into an address where nothing is
};

/// Target to bench, with its answer after the arrow.
enum class Call : std::uint8_t {
  done = 64,           ///< u8 result, u8 has a deadline, u64 deadline in ms, u32 bytes written to the host's line
  ready,               ///< nothing: once, after a reset of the processor; it takes inputs from now on
  monotonic,           ///< -> u64 ms
  wall,                ///< -> u8 is known, u64 ms
  random,              ///< -> u32
  storage_read,        ///< text key, u32 room -> u8 found, text value
  storage_write,       ///< text key, text value -> u8 stored
  storage_erase,       ///< text key -> u8 erased
  link_join,           ///< text SSID, text passphrase
  link_leave,          ///< nothing
  link_state,          ///< -> u8
  transport_open,      ///< text host, u16 port, text root CAs
  transport_send,      ///< text bytes -> u8 taken
  transport_close,     ///< nothing
  pin_event,           ///< u8 high
  power_deepest_mode,  ///< -> u8
  power_sleep,         ///< u8 mode
  power_wake,          ///< nothing
  check,               ///< text PEM -> u8 verdict
  check_successor,     ///< text PEM, text previous PEM -> u8 verdict
  provisioner_start,   ///< text name -> u8 started
  provisioner_stop,    ///< nothing
  ping,                ///< text host
  scan,                ///< u32 seconds -> u8 started
  diagnostics_cancel,  ///< nothing
  log_verbosity,       ///< u8
};

inline constexpr std::size_t kInputTextMax = 1024;  ///< of an input; the bench cuts longer transport bytes in pieces
inline constexpr std::size_t kIdentityTextsMax = 1024;  ///< all texts of the identity

}  // namespace xl::platform::mcu
