// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/ports.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace xl::platform::sim {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----\n";
constexpr std::string_view kImageMagic = "XLSIM";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

std::optional<std::string_view> body(std::string_view pem) {
  if (!pem.starts_with(kBegin)) return std::nullopt;
  const auto end = pem.find(kEnd);
  if (end == std::string_view::npos || end <= kBegin.size() + 1) return std::nullopt;
  return pem.substr(kBegin.size(), end - 1 - kBegin.size());
}

}  // namespace

std::optional<VirtualClock::Millis> VirtualClock::wall() const {
  if (!wall_at_start_) return std::nullopt;
  return *wall_at_start_ + now_;
}

std::uint32_t SeededRandom::next() {  // xorshift32
  state_ ^= state_ << 13;
  state_ ^= state_ >> 17;
  state_ ^= state_ << 5;
  return state_;
}

std::optional<std::size_t> MemoryStorage::read(std::string_view key, ByteSpan out) {
  const Scope outside(false);
  const auto found = values.find(key);
  if (found == values.end() || found->second.size() > out.size()) return std::nullopt;
  std::ranges::copy(as_bytes(found->second), out.begin());
  return found->second.size();
}

bool MemoryStorage::write(std::string_view key, ByteView value) {
  const Scope outside(false);
  if (refuses()) return false;
  values[std::string(key)] = std::string(as_text(value));
  return true;
}

bool MemoryStorage::erase(std::string_view key) {
  const Scope outside(false);
  if (refuses()) return false;
  if (const auto found = values.find(key); found != values.end()) values.erase(found);
  return true;
}

void Link::join(std::string_view ssid, std::string_view passphrase) {
  const Scope outside(false);
  is_away = false;
  joined_ssid = ssid;
  joined_passphrase = passphrase;
  ++joins;
}

bool Provisioner::start(std::string_view wanted) {
  const Scope outside(false);
  name = wanted;
  is_started = can_start;
  return can_start;
}

void Diagnostics::ping(std::string_view wanted) {
  const Scope outside(false);
  host = wanted;
  is_busy = true;
}

bool Diagnostics::scan(std::chrono::seconds longest) {
  longest_scan = longest;
  is_busy = has_radio;
  return has_radio;
}

std::uint32_t Images::size_of(ByteView head) const {
  const Scope outside(false);
  const std::string_view text = as_text(head);
  if (!text.starts_with(kImageMagic)) return 0;
  std::uint32_t size = 0;
  std::from_chars(text.data() + kImageMagic.size(), text.data() + text.size(), size);
  return size;
}

Images::Verdict Images::begin(std::uint32_t size) {
  const Scope outside(false);
  received.clear();
  if (size > room) return Verdict::no_room;
  announced = size;
  return Verdict::good;
}

bool Images::append(ByteView bytes) {
  const Scope outside(false);
  received += as_text(bytes);
  return received.size() <= room;
}

Images::Verdict Images::finish(std::string_view signer_pem) {
  const Scope outside(false);
  signer = signer_pem;
  if (received.size() != announced || size_of(as_bytes(received).first(kHeadBytes)) != received.size()) {
    return Verdict::damaged;
  }
  if (received.substr(kHeadBytes).starts_with("BAD")) return Verdict::damaged;
  return received.ends_with("SIGNED") ? Verdict::good : Verdict::invalid_signature;
}

bool Images::activate() {
  const Scope outside(false);
  if (!can_activate) return false;
  active = std::exchange(received, {});
  announced.reset();
  return true;
}

void Images::abort() {
  const Scope outside(false);
  ++aborts;
  announced.reset();
  received.clear();
}

std::string simulated_image(std::size_t bytes, std::string_view begins, std::string_view ends) {
  std::string digits = std::to_string(bytes);
  digits.insert(0, Images::kHeadBytes - kImageMagic.size() - digits.size(), '0');
  std::string image = std::string(kImageMagic) + digits + std::string(begins);
  const std::string noise = "AT+RESET\r\nAT\n";  // what a module must not read as lines
  while (image.size() + ends.size() < bytes) image += noise[image.size() % noise.size()];
  return image + std::string(ends);
}

void Uart::write(ByteView bytes) {
  const Scope outside(false);
  written_ += as_text(bytes);
}

std::string Uart::take() { return std::exchange(written_, {}); }

Certificates::Verdict Certificates::check(std::string_view pem) const {
  const auto text = body(pem);
  return text && !text->starts_with("BAD") ? Verdict::valid : Verdict::invalid_certificate;
}

Certificates::Verdict Certificates::check_successor(std::string_view pem, std::string_view previous_pem) const {
  const Scope outside(false);
  if (check(pem) != Verdict::valid) return Verdict::invalid_certificate;
  const auto previous = body(previous_pem);
  if (!previous) return Verdict::valid;
  const std::string wanted = "SIGNEDBY" + std::string(previous->substr(0, previous->find('\n')));
  return body(pem)->find(wanted) != std::string_view::npos ? Verdict::valid : Verdict::invalid_signature;
}

void Transport::open(std::string_view to, std::uint16_t at_port, std::string_view root_ca_pem) {
  const Scope outside(false);
  host = to;
  port = at_port;
  root_ca = root_ca_pem;
  ++opens;
  if (on_open) on_open();
}

bool Transport::send(ByteView bytes) {
  const Scope outside(false);
  if (!is_open || is_blocked) return false;
  if (on_sent) on_sent(std::string(as_text(bytes)));
  return true;
}

void Transport::close() {
  const Scope outside(false);
  if (is_open && on_closed) on_closed();
  is_open = false;
}

}  // namespace xl::platform::sim
