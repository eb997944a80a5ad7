// SPDX-License-Identifier: Apache-2.0
// The module's ports without a machine: virtual time, memory for flash, text for the UART.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "module/module.hpp"

namespace xl::platform::sim {

/// True while the module's own code runs; a test that counts allocations looks at it. The ports below switch it off.
inline bool inside_module = false;

/// Sets inside_module for a scope.
class Scope {
 public:
  explicit Scope(bool inside) : before_(inside_module) { inside_module = inside; }
  ~Scope() { inside_module = before_; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  bool before_;
};

class VirtualClock final : public module::ports::Clock {
 public:
  using Millis = module::ports::Millis;
  Millis monotonic() const override { return now_; }
  std::optional<Millis> wall() const override;
  void advance(Millis by) { now_ += by; }
  /// The wall clock shows `time` now and goes on from there.
  void set_wall(Millis time) { wall_at_start_ = time - now_; }

 private:
  Millis now_{1'000};
  std::optional<Millis> wall_at_start_;
};

class SeededRandom final : public module::ports::Random {
 public:
  explicit SeededRandom(std::uint32_t seed = 1) : state_(seed) {}
  std::uint32_t next() override;

 private:
  std::uint32_t state_;
};

/// Survives resets of the module, as flash does.
class MemoryStorage final : public module::ports::Storage {
 public:
  std::optional<std::size_t> read(std::string_view key, ByteSpan out) override;
  bool write(std::string_view key, ByteView value) override;
  bool erase(std::string_view key) override;

  bool is_broken = false;           ///< refuses every change
  std::function<bool()> on_change;  ///< asked before each change; false refuses it
  std::map<std::string, std::string, std::less<>> values;

 private:
  bool refuses() { return is_broken || (on_change && !on_change()); }
};

class Link final : public module::ports::NetworkLink {
 public:
  void join(std::string_view ssid, std::string_view passphrase) override;
  void leave() override { is_away = true; }
  State state() const override { return state_now; }

  State state_now = State::up;
  std::string joined_ssid, joined_passphrase;
  unsigned joins = 0;
  bool is_away = false;  ///< left since the last join()
};

/// Nobody's phone: the bench says what was entered.
class Provisioner final : public module::ports::Provisioner {
 public:
  bool start(std::string_view name) override;
  void stop() override { is_started = false; }

  bool can_start = false;
  bool is_started = false;
  std::string name;
};

/// Finds out nothing by itself: the bench says what comes back.
class Diagnostics final : public module::ports::Diagnostics {
 public:
  void ping(std::string_view wanted) override;
  bool scan(std::chrono::seconds longest) override;
  void cancel() override { is_busy = false; }
  void set_log_verbosity(unsigned wanted) override { verbosity = wanted; }

  bool has_radio = true;
  bool is_busy = false;  ///< a ping or a scan is wanted
  std::string host;
  std::chrono::seconds longest_scan{0};
  unsigned verbosity = 0;
};

/// Images of the simulation are `XLSIM` and their size in eleven digits, then anything. What follows there decides:
/// BAD is damaged, and good is what ends with SIGNED.
class Images final : public module::ports::ImageStore {
 public:
  std::uint32_t size_of(ByteView head) const override;
  Verdict begin(std::uint32_t size) override;
  bool append(ByteView bytes) override;
  Verdict finish(std::string_view signer_pem) override;
  bool activate() override;
  void abort() override;
  void restart() override { ++restarts; }

  std::size_t room = 1 << 20;  ///< bytes
  bool can_activate = true;
  std::optional<std::uint32_t> announced;  ///< an image is on its way
  std::string received, active, signer;
  unsigned aborts = 0, restarts = 0;
};

/// Such an image, `bytes` long in all.
std::string simulated_image(std::size_t bytes, std::string_view begins = {}, std::string_view ends = "SIGNED");

class Uart final : public module::ports::Uart {
 public:
  void write(ByteView bytes) override;
  /// All that was written since the last take().
  std::string take();

 private:
  std::string written_;
};

class Pins final : public module::ports::Pins {
 public:
  void set_event(bool high) override { event = high; }
  bool event = false;
};

class Power final : public module::ports::Power {
 public:
  unsigned deepest_mode() const override { return deepest; }
  void sleep(unsigned wanted) override { mode = wanted; }
  void wake() override { mode.reset(); }

  unsigned deepest = 1;
  std::optional<unsigned> mode;  ///< nullopt: awake
};

/// Certificates of the simulation are PEM frames around text. A body that starts with BAD is invalid; a successor must
/// name the first body line of its predecessor: `SIGNEDBY<line>`.
class Certificates final : public module::ports::Certificates {
 public:
  Verdict check(std::string_view pem) const override;
  Verdict check_successor(std::string_view pem, std::string_view previous_pem) const override;
};

/// Records what the module does and hands it events when the bench asks.
class Transport final : public module::ports::Transport {
 public:
  void open(std::string_view host, std::uint16_t port, std::string_view root_ca_pem) override;
  bool send(ByteView bytes) override;
  void close() override;

  /// What a peer does with the bytes; called outside the module.
  std::function<void()> on_open;
  std::function<void(const std::string&)> on_sent;
  std::function<void()> on_closed;

  bool is_open = false;
  bool is_blocked = false;  ///< takes nothing
  std::string host, root_ca;
  std::uint16_t port = 0;
  unsigned opens = 0;
};

}  // namespace xl::platform::sim
