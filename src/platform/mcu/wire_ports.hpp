// SPDX-License-Identifier: Apache-2.0
// The module's ports at the end of a wire: each call goes to the bench, see wire.hpp.
#pragma once
#include <concepts>

#include "module/module.hpp"
#include "platform/mcu/uart.hpp"
#include "platform/mcu/wire.hpp"

namespace xl::platform::mcu {

/// Numbers and texts over the second serial line.
class Wire {
 public:
  explicit Wire(BlockingUart& uart) : uart_(uart) {}

  Byte read() { return uart_.read(); }
  template <std::unsigned_integral Number>
  Number read_number() {
    Number number = 0;
    for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8) {
      number = static_cast<Number>(number | static_cast<Number>(static_cast<Number>(read()) << shift));
    }
    return number;
  }
  /// A text into `room`; longer ones end the emulation.
  std::string_view read_text(ByteSpan room);

  Wire& put(Call call) { return put(static_cast<std::uint8_t>(call)); }
  template <std::unsigned_integral Number>
  Wire& put(Number number) {
    for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8) {
      const auto byte = static_cast<Byte>(number >> shift);
      uart_.write(ByteView(&byte, 1));
    }
    return *this;
  }
  Wire& put(ByteView bytes) {
    put(static_cast<std::uint32_t>(bytes.size()));
    uart_.write(bytes);
    return *this;
  }
  Wire& put(std::string_view text) { return put(as_bytes(text)); }
  /// A result of a call.
  bool read_flag() { return read() != 0; }

 private:
  BlockingUart& uart_;
};

class WireClock final : public module::ports::Clock {
 public:
  explicit WireClock(Wire& wire) : wire_(wire) {}
  module::ports::Millis monotonic() const override;
  std::optional<module::ports::Millis> wall() const override;

 private:
  Wire& wire_;
};

class WireRandom final : public module::ports::Random {
 public:
  explicit WireRandom(Wire& wire) : wire_(wire) {}
  std::uint32_t next() override;

 private:
  Wire& wire_;
};

class WireStorage final : public module::ports::Storage {
 public:
  explicit WireStorage(Wire& wire) : wire_(wire) {}
  std::optional<std::size_t> read(std::string_view key, ByteSpan out) override;
  bool write(std::string_view key, ByteView value) override;
  bool erase(std::string_view key) override;

 private:
  Wire& wire_;
};

class WireLink final : public module::ports::NetworkLink {
 public:
  explicit WireLink(Wire& wire) : wire_(wire) {}
  void join(std::string_view ssid, std::string_view passphrase) override;
  void leave() override;
  State state() const override;

 private:
  Wire& wire_;
};

class WireTransport final : public module::ports::Transport {
 public:
  explicit WireTransport(Wire& wire) : wire_(wire) {}
  void open(std::string_view host, std::uint16_t port, std::string_view root_ca_pem) override;
  bool send(ByteView bytes) override;
  void close() override;

 private:
  Wire& wire_;
};

class WirePins final : public module::ports::Pins {
 public:
  explicit WirePins(Wire& wire) : wire_(wire) {}
  void set_event(bool high) override;

 private:
  Wire& wire_;
};

class WirePower final : public module::ports::Power {
 public:
  explicit WirePower(Wire& wire) : wire_(wire) {}
  unsigned deepest_mode() const override;
  void sleep(unsigned mode) override;
  void wake() override;

 private:
  Wire& wire_;
};

class WireCertificates final : public module::ports::Certificates {
 public:
  explicit WireCertificates(Wire& wire) : wire_(wire) {}
  Verdict check(std::string_view pem) const override;
  Verdict check_successor(std::string_view pem, std::string_view previous_pem) const override;

 private:
  Wire& wire_;
};

class WireProvisioner final : public module::ports::Provisioner {
 public:
  explicit WireProvisioner(Wire& wire) : wire_(wire) {}
  bool start(std::string_view name) override;
  void stop() override;

 private:
  Wire& wire_;
};

class WireDiagnostics final : public module::ports::Diagnostics {
 public:
  explicit WireDiagnostics(Wire& wire) : wire_(wire) {}
  void ping(std::string_view host) override;
  bool scan(std::chrono::seconds longest) override;
  void cancel() override;
  void set_log_verbosity(unsigned verbosity) override;

 private:
  Wire& wire_;
};

/// The host's line is the board's own first UART; the count tells the bench how much to wait for.
class CountingUart final : public module::ports::Uart {
 public:
  explicit CountingUart(BlockingUart& uart) : uart_(uart) {}
  void write(ByteView bytes) override {
    uart_.write(bytes);
    written_ += static_cast<std::uint32_t>(bytes.size());
  }
  std::uint32_t take_written() {
    const std::uint32_t written = written_;
    written_ = 0;
    return written;
  }

 private:
  BlockingUart& uart_;
  std::uint32_t written_ = 0;
};

}  // namespace xl::platform::mcu
