// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/module.hpp"

#include <charconv>

#include "base/text.hpp"
#include "quickconnect/terminal.hpp"

namespace xl::quickconnect {
namespace {

constexpr int kUnknownKey = 11;

/// The command without its value: a Passphrase must not appear in a message.
std::string name_of(std::string_view command) { return std::string(command.substr(0, command.find('='))); }

Error refusal(std::string_view command, const AtReply& reply) {
  return Error::invalid("The module answers " + name_of(command) + " with: " + printable(reply.text()));
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::string> Module::ask(std::string_view command, std::chrono::milliseconds timeout) {
  XL_TRY(AtReply reply, at_.run(command, timeout));
  if (!reply.is_ok()) return fail(refusal(command, reply));
  return unescape(reply.detail);
}

Result<std::string> Module::get(std::string_view key) { return ask("AT+CONF? " + std::string(key)); }

Status Module::set(std::string_view key, std::string_view value) {
  const std::string command = "AT+CONF " + std::string(key) + "=" + escape(value);
  XL_CHECK(ask(command));
  return {};
}

Result<bool> Module::set_if_known(std::string_view key, std::string_view value) {
  const std::string command = "AT+CONF " + std::string(key) + "=" + escape(value);
  XL_TRY(const AtReply reply, at_.run(command));
  if (reply.error == kUnknownKey) return false;
  if (!reply.is_ok()) return fail(refusal(command, reply));
  return true;
}

/// source: guide 4.7.1
Result<bool> Module::is_onboarded() {
  XL_TRY(const std::string status, ask("AT+CONNECT?"));
  const auto fields = split(status, ' ');
  if (fields.size() < 2) return fail(Error::invalid("The module answers AT+CONNECT? with: " + printable(status)));
  return fields[1] == "1";
}

Status Module::subscribe(unsigned topic) {
  XL_CHECK(ask("AT+SUBSCRIBE" + std::to_string(topic), AtClient::kMaxExec));
  return {};
}

Result<AtReply> Module::send(unsigned topic, std::string_view payload) {
  return at_.run("AT+SEND" + std::to_string(topic) + " " + escape(payload), AtClient::kMaxExec);
}

Result<std::optional<Event>> Module::next_event() {
  XL_TRY(const std::string text, ask("AT+EVENT?"));
  if (text.empty()) return std::optional<Event>();
  const auto fields = split(text, ' ');
  const auto id = number(fields[0]);
  if (!id) return fail(Error::invalid("The module answers AT+EVENT? with: " + printable(text)));
  const auto parameter = fields.size() > 1 ? number(fields[1]) : std::nullopt;
  return Event{*id, parameter.value_or(0), fields.size() > 2 ? std::string(fields[2]) : std::string()};
}

Result<std::string> Module::next_message(unsigned topic) { return ask("AT+GET" + std::to_string(topic)); }

}  // namespace xl::quickconnect
