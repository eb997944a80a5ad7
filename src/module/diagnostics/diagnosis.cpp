// SPDX-License-Identifier: Apache-2.0
#include "module/diagnostics/diagnosis.hpp"

#include <algorithm>

#include "at/text_builder.hpp"
#include "module/connection/connection.hpp"
#include "module/limits.hpp"
#include "module/module.hpp"

namespace xl::module::diagnostics {
namespace {

using connection::Hint;
using dictionary::Key;

at::Reply unreachable(Hint hint, std::string_view why) {
  return at::unable_to_connect(static_cast<unsigned>(hint), why);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

at::Reply Diagnosis::ping(std::string_view host, bool is_on_network) {
  host_ = host;
  phase_ = Phase::joining;
  deadline_ = ports_.clock.monotonic() + kLinkTimeout;
  if (!is_on_network) ports_.link.join(dictionary_.value(Key::ssid), dictionary_.value(Key::passphrase));
  return poll_link();
}

at::Reply Diagnosis::scan(std::chrono::seconds longest) {
  size_ = 0;
  if (!ports_.diagnostics->scan(longest)) return at::error(at::AtError::mode_not_available, "No radio");
  phase_ = Phase::scanning;
  deadline_ = ports_.clock.monotonic() + longest + kScanGrace;
  return at::suspended();
}

void Diagnosis::cancel() {
  if (phase_ == Phase::pinging || phase_ == Phase::scanning) ports_.diagnostics->cancel();
  phase_ = Phase::idle;
}

at::Reply Diagnosis::finish(const at::Reply& reply) {
  cancel();
  return reply;
}

at::Reply Diagnosis::poll_link() {
  using State = ports::NetworkLink::State;
  const auto now = ports_.clock.monotonic();
  const State state = ports_.link.state();
  next_look_ = now + kLinkPoll;
  if (state == State::up) {
    phase_ = Phase::pinging;
    deadline_ = now + kPingLimit;
    ports_.diagnostics->ping(host_);
  } else if (state == State::down || now >= deadline_) {
    return finish(unreachable(Hint::network, "Failed to access network"));
  }
  return at::suspended();
}

std::optional<at::Reply> Diagnosis::on_event(const ports::DiagnosticEvent& event) {
  using Kind = ports::DiagnosticEvent::Kind;
  if (phase_ == Phase::pinging && event.kind == Kind::answered) return on_answer(event);
  if (phase_ == Phase::pinging && event.kind == Kind::failed) {
    return finish(unreachable(Hint::endpoint, keep(event.text)));
  }
  if (phase_ == Phase::scanning && event.kind == Kind::network) add_network(event);
  if (phase_ == Phase::scanning && event.kind == Kind::scanned) {
    return finish(at::ok(kept()));
  }
  return std::nullopt;
}

at::Reply Diagnosis::on_answer(const ports::DiagnosticEvent& event) {
  at::TextBuilder<64> text;
  if (event.tcp_port == 0) {
    text.add("Received ping response in ");
  } else {
    text.add("Received response of TCP port ").add_number(event.tcp_port).add(" in ");
  }
  text.add_number(static_cast<std::uint64_t>(event.round_trip.count())).add("ms");
  return finish(at::ok(keep(text.view())));
}

std::optional<at::Reply> Diagnosis::on_time() {
  if (phase_ == Phase::idle || ports_.clock.monotonic() < next_deadline()) return std::nullopt;
  if (phase_ == Phase::joining) {
    const auto reply = poll_link();
    return reply.kind == at::Reply::Kind::suspended ? std::nullopt : std::optional(reply);
  }
  if (phase_ == Phase::pinging) return finish(unreachable(Hint::endpoint, "No answer"));
  return finish(at::error(at::AtError::not_allowed, "Scan not finished"));
}

std::optional<ports::Millis> Diagnosis::next_deadline() const {
  if (phase_ == Phase::idle) return std::nullopt;
  return phase_ == Phase::joining ? next_look_ : deadline_;
}

/// "-32db SSID", a line of its own in the detail. source: the form that the guide's older editions show
void Diagnosis::add_network(const ports::DiagnosticEvent& event) {
  at::TextBuilder<16> head;
  if (size_ != 0) head.add('\n');
  if (event.signal_dbm < 0) head.add('-');
  head.add_number(
      static_cast<std::uint64_t>(event.signal_dbm < 0 ? -std::int64_t{event.signal_dbm} : event.signal_dbm));
  head.add("db ");
  if (size_ + head.view().size() + event.text.size() > buffer_.size()) return;
  add(head.view());
  add_shown(event.text);
}

/// `text` where it stays until the reply has been written.
std::string_view Diagnosis::keep(std::string_view text) {
  size_ = 0;
  add(text);
  return kept();
}

void Diagnosis::add(std::string_view text) {
  const std::size_t n = std::min(text.size(), buffer_.size() - size_);
  std::ranges::copy(as_bytes(text.substr(0, n)), buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += n;
}

/// Whoever names a network cannot make two lines of it.
void Diagnosis::add_shown(std::string_view ssid) {
  const std::size_t start = size_;
  add(ssid);
  for (Byte& byte : buffer_.subspan(start, size_ - start)) {
    if (is_control(static_cast<char>(byte))) byte = '?';
  }
}

}  // namespace xl::module::diagnostics
