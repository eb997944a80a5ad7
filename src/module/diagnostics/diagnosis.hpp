// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "at/reply.hpp"
#include "base/bytes.hpp"
#include "module/dictionary/dictionary.hpp"
#include "module/ports/diagnostics.hpp"

namespace xl::module {

struct Ports;

namespace diagnostics {

/// The one PING or SCAN that the host waits for: joins the network if need be, asks the body, bounds the time and words
/// the reply. source: guide 7.3.1, 4.6.2
class Diagnosis {
 public:
  /// `buffer` holds the reply of a SCAN while it runs, and until the reply has been written.
  Diagnosis(const Ports& ports, const dictionary::Dictionary& dictionary, ByteSpan buffer)
      : ports_(ports), dictionary_(dictionary), buffer_(buffer) {}

  /// `host` must stay until the reply. `is_on_network`: nothing has to be joined. suspended, or why not.
  at::Reply ping(std::string_view host, bool is_on_network);
  /// suspended, or why not.
  at::Reply scan(std::chrono::seconds longest);
  void cancel();

  /// The reply that the host waits for, once there is one.
  std::optional<at::Reply> on_event(const ports::DiagnosticEvent& event);
  std::optional<at::Reply> on_time();
  std::optional<ports::Millis> next_deadline() const;

 private:
  enum class Phase : std::uint8_t { idle, joining, pinging, scanning };

  at::Reply poll_link();
  at::Reply finish(const at::Reply& reply);
  at::Reply on_answer(const ports::DiagnosticEvent& event);
  void add_network(const ports::DiagnosticEvent& event);
  std::string_view kept() const { return as_text(ByteView(buffer_).first(size_)); }
  std::string_view keep(std::string_view text);
  void add(std::string_view text);
  void add_shown(std::string_view ssid);

  const Ports& ports_;
  const dictionary::Dictionary& dictionary_;
  ByteSpan buffer_;
  std::size_t size_ = 0;  ///< of the reply in the buffer
  Phase phase_ = Phase::idle;
  std::string_view host_;
  ports::Millis deadline_{};
  ports::Millis next_look_{};  ///< at the link, while joining
};

}  // namespace diagnostics
}  // namespace xl::module
