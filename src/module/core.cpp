// SPDX-License-Identifier: Apache-2.0
#include "module/core.hpp"

#include <algorithm>
#include <utility>

#include "at/resolve.hpp"
#include "module/commands/otw.hpp"
#include "module/commands/table.hpp"
#include "module/onboarding/endpoint_update.hpp"
#include "module/onboarding/host_name.hpp"

namespace xl::module {

using at::AtError;
using connection::Disposition;
using connection::Hint;
using dictionary::Key;
using events::EventId;

Core::Core(const Ports& given, const ports::Identity& identity, Settings settings)
    : ports(given),
      dictionary(given.storage, given.certificates, identity),
      events(given.pins),
      connection({given.clock, given.random, given.link, given.transport, dictionary, identity, settings.port}, *this),
      sink_(given.uart) {}

void Core::power_up() {
  is_leaving_ = false;
  entry_.cancel();
  framer_.reset();
  held_.clear();
  restart();
}

/// The radio rests in every mode: whoever sleeps is disconnected (guide 4.7.4.6), and CONNECT joins again.
void Core::fall_asleep(const Sleep& sleep) {
  events.clear();
  ports.link.leave();
  is_asleep_ = true;
  sleep_mode_ = sleep.mode;
  sleep_ends_.reset();
  if (sleep.duration) sleep_ends_ = ports.clock.monotonic() + *sleep.duration;
  if (is_deaf()) framer_.reset();
  ports.power.sleep(sleep.mode);
}

void Core::wake() {
  if (is_deaf()) return restart();
  is_asleep_ = false;
  ports.power.wake();
  events.push(EventId::startup);
}

void Core::on_wake() {
  if (is_asleep_) wake();
}

void Core::restart() {
  if (std::exchange(is_asleep_, false)) ports.power.wake();
  requested_sleep_.reset();
  waiting_ = Waiting::nothing;
  restart_requested_ = false;
  in_confmode_ = false;
  if (ports.provisioner != nullptr) ports.provisioner->stop();
  diagnosis_.cancel();
  transfer_.cancel();
  connection.reset();
  dictionary.load();
  subscriptions.clear();
  messages.clear();
  events.clear();
  events.push(EventId::startup);
}

void Core::on_uart(ByteView bytes) {
  for (const Byte byte : bytes) {
    if (waiting_ == Waiting::nothing) {
      take(byte);
    } else {
      held_.put(byte);
    }
  }
}

void Core::on_transport(const ports::TransportEvent& event) {
  connection.on_transport(event);
  read_held_input();
}

void Core::on_diagnostics(const ports::DiagnosticEvent& event) {
  if (const auto done = diagnosis_.on_event(event)) finish_waiting(*done);
  read_held_input();
}

void Core::on_time() {
  const auto now = ports.clock.monotonic();
  connection.on_time();
  if (const auto done = diagnosis_.on_time()) finish_waiting(*done);
  if (waiting_ == Waiting::acknowledgement && now >= waiting_deadline_) connection.close();  // nobody is there any more
  if (is_asleep_ && sleep_ends_ && now >= *sleep_ends_) wake();
  if (entry_.is_active() && now >= *entry_.deadline()) {
    entry_.cancel();
    reply(at::error(AtError::parameter_error));
  }
  if (transfer_.is_active() && now >= *transfer_.deadline()) {
    transfer_.cancel();
    reply(at::error(AtError::invalid_ota_update, "nothing came any more"));
  }
  read_held_input();
}

std::optional<ports::Millis> Core::next_deadline() const {
  std::optional<ports::Millis> next = connection.next_deadline();
  const auto consider = [&next](ports::Millis deadline) { next = next ? std::min(*next, deadline) : deadline; };
  if (waiting_ == Waiting::acknowledgement) consider(waiting_deadline_);
  if (const auto deadline = diagnosis_.next_deadline()) consider(*deadline);
  if (entry_.is_active()) consider(*entry_.deadline());
  if (transfer_.is_active()) consider(*transfer_.deadline());
  if (is_asleep_ && sleep_ends_) consider(*sleep_ends_);
  return next;
}

bool Core::on_credentials(std::string_view ssid, std::string_view passphrase) {
  if (!in_confmode_ || ssid.empty()) return false;
  if (!dictionary.assign_network(ssid, passphrase)) return false;
  in_confmode_ = false;
  connection.reset();  // new credentials are tried at once, whatever failed with the old ones
  events.push(EventId::confmode);
  return true;
}

bool Core::start_confmode(std::string_view name) {
  in_confmode_ = ports.provisioner->start(name);
  return in_confmode_;
}

void Core::suspend_for_acknowledgement(std::uint16_t packet_id) {
  waiting_ = Waiting::acknowledgement;
  awaited_packet_id_ = packet_id;
  waiting_deadline_ = ports.clock.monotonic() + kAcknowledgeTimeout;
}

at::Reply Core::ping(std::string_view host) {
  return await_diagnosis(diagnosis_.ping(host, connection.is_connected()));
}

at::Reply Core::scan(std::chrono::seconds longest) { return await_diagnosis(diagnosis_.scan(longest)); }

at::Reply Core::await_diagnosis(const at::Reply& first) {
  if (first.kind == at::Reply::Kind::suspended) waiting_ = Waiting::diagnosis;
  return first;
}

void Core::begin_certificate_entry(dictionary::KeyRef key) {
  entry_.begin(key, ports.clock.monotonic() + kEntryTimeout);
}

update::Transfer::Verdict Core::begin_update(const update::Transfer::Plan& plan) {
  return transfer_.begin(plan, ports.clock.monotonic());
}

tl::expected<void, AtError> Core::assign(dictionary::KeyRef key, std::string_view value) {
  const bool changes = dictionary.value(key) != value;
  auto assigned = dictionary.assign(key, value);
  if (assigned && changes && key.spec->key == Key::topic) subscriptions.forget(key.index);
  return assigned;
}

void Core::take(Byte byte) {
  if (is_deaf()) return;
  if (entry_.is_active()) return take_certificate_byte(byte);
  if (transfer_.is_active()) return take_image_byte(byte);
  const auto event = framer_.push(byte);
  if (is_asleep_ && event != at::LineFramer::Event::none) wake();  // the LF behind SLEEP's own CR is none
  switch (event) {
    case at::LineFramer::Event::none:
      return;
    case at::LineFramer::Event::attention:
      return reply(at::ok());
    case at::LineFramer::Event::command:
      return execute(framer_.line());
    case at::LineFramer::Event::not_a_command:
      return reply(at::error(AtError::parse_error));
    case at::LineFramer::Event::overflow:
      return reply(at::error(AtError::overflow));
  }
}

void Core::take_certificate_byte(Byte byte) {
  switch (entry_.push(byte)) {
    case dictionary::CertificateEntry::Event::none:
      return;
    case dictionary::CertificateEntry::Event::overflow:
      return reply(at::error(AtError::overflow));
    case dictionary::CertificateEntry::Event::complete: {
      const auto assigned = assign(entry_.key(), entry_.text());
      return reply(assigned ? at::ok() : at::error(assigned.error()));
    }
  }
}

void Core::take_image_byte(Byte byte) {
  switch (transfer_.push(byte, ports.clock.monotonic())) {
    case update::Transfer::Event::none:
      return;
    case update::Transfer::Event::block:
      return reply(at::ok());
    case update::Transfer::Event::complete:
      reply(at::ok());
      return finish_update();
    case update::Transfer::Event::refused:
      return reply(commands::refusal(transfer_.verdict()));
  }
}

/// What the host sends from COMPLETE on is for the new firmware.
void Core::finish_update() {
  const auto verdict = transfer_.finish(dictionary.value(Key::ota_certificate));
  if (verdict != update::Transfer::Verdict::good) return reply(commands::refusal(verdict));
  reply(at::ok("COMPLETE"));
  restart();
  is_leaving_ = true;
  ports.images->restart();
}

void Core::execute(ByteSpan line) {
  const auto call = at::resolve(commands::table(), line);
  if (!call) return reply(at::error(call.error()));
  const auto& command = *call->command;
  if (command.allowed_in == at::States::all_but_connecting && connection.is_connecting()) {
    return reply(at::error(AtError::not_allowed));
  }
  reply(command.run(*this, call->arguments));
}

void Core::reply(const at::Reply& reply) {
  at::write_reply(reply, sink_);
  if (restart_requested_) return restart();
  if (requested_sleep_) fall_asleep(*std::exchange(requested_sleep_, std::nullopt));
}

void Core::finish_waiting(const at::Reply& what) {
  waiting_ = Waiting::nothing;
  reply(what);
}

void Core::read_held_input() {
  while (waiting_ == Waiting::nothing) {
    const auto byte = held_.take();
    if (!byte) break;
    take(*byte);
  }
  if (waiting_ != Waiting::nothing) return;
  const bool lost = held_.has_lost();
  const bool lost_an_end = held_.has_lost_an_end();
  held_.clear();
  if (lost) framer_.mark_overflow();
  if (lost_an_end) take('\n');
}

void Core::deliver(const mqtt::Publish& publish, bool for_catch_all) {
  const unsigned index = for_catch_all ? 0 : messaging::index_of_topic(dictionary, publish.topic);
  if (messages.push({publish.topic, publish.payload, for_catch_all})) {
    events.push(EventId::message, index);
  } else {
    events.push(EventId::overrun, 0, publish.topic);
  }
}

Disposition Core::on_endpoint_update(const mqtt::Publish& publish) {
  if (publish.retain) return Disposition::acknowledge;
  const auto endpoint = onboarding::requested_endpoint(publish.payload);
  const bool moves = endpoint && !onboarding::is_same_host(endpoint->view(), dictionary.value(Key::endpoint));
  // Durable before the PUBACK: otherwise the cloud would believe in a move that a power cut undid.
  if (moves && !dictionary.assign({&dictionary::spec_of(Key::endpoint), 0}, endpoint->view())) {
    return Disposition::abandon;
  }
  deliver(publish, true);
  return moves ? Disposition::acknowledge_and_disconnect : Disposition::acknowledge;
}

void Core::on_connected() {
  if (waiting_ == Waiting::connect) {
    finish_waiting(at::ok("1 CONNECTED"));
  } else {
    events.push(EventId::connect, static_cast<unsigned>(Hint::success));
  }
}

void Core::on_connect_failed(Hint hint, std::string_view detail) {
  if (waiting_ == Waiting::connect) {
    finish_waiting(at::unable_to_connect(static_cast<unsigned>(hint), detail));
  } else {
    events.push(EventId::connect, static_cast<unsigned>(hint));
  }
}

void Core::on_connection_lost() {
  subscriptions.clear();
  events.push(EventId::connection_lost);
  if (waiting_ == Waiting::acknowledgement) finish_waiting(at::error(AtError::no_connection));
}

Disposition Core::on_message(const mqtt::Publish& publish) {
  const bool is_update = publish.topic == connection.own_topics().endpoint_update();
  if (is_update && !dictionary.is_onboarded()) return on_endpoint_update(publish);
  deliver(publish, is_update);
  return Disposition::acknowledge;
}

void Core::on_oversized_message(std::string_view topic) { events.push(EventId::overrun, 0, topic); }

void Core::on_published(std::uint16_t packet_id) {
  if (waiting_ == Waiting::acknowledgement && packet_id == awaited_packet_id_) finish_waiting(at::ok());
}

void Core::on_subscribed(std::uint16_t packet_id, bool accepted) {
  const auto index = subscriptions.settle(packet_id);
  if (!index) return;
  events.push(accepted ? EventId::subscription_accepted : EventId::subscription_refused, *index);
}

}  // namespace xl::module
