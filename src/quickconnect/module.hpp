// SPDX-License-Identifier: Apache-2.0
// The commands that Quick Connect needs, as functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "quickconnect/at_client.hpp"

namespace xl::quickconnect {

/// source: guide 7.2.2, table 4
struct Event {
  static constexpr unsigned kMsg = 1, kStartup = 2, kConLost = 3, kOverrun = 4, kSubAck = 8, kSubNack = 9;
  unsigned id = 0;
  unsigned parameter = 0;
  std::string mnemonic;
};

/// Every function fails with the errors of AtClient::run, and with invalid_argument when the module refuses (its own
/// words are the detail) unless it says otherwise.
class Module {
 public:
  explicit Module(AtClient& at) : at_(at) {}

  Status find() { return at_.find(); }
  Result<AtReply> run(std::string_view command, std::chrono::milliseconds timeout = AtClient::kMaxExec) {
    return at_.run(command, timeout);
  }
  Result<std::string> get(std::string_view key);
  Status set(std::string_view key, std::string_view value);
  /// False when the model has no such key (ERR11).
  Result<bool> set_if_known(std::string_view key, std::string_view value);
  Result<bool> is_onboarded();
  Result<AtReply> connect() { return at_.run("AT+CONNECT", AtClient::kMaxExec); }
  Status subscribe(unsigned topic);
  Result<AtReply> send(unsigned topic, std::string_view payload);
  /// Nothing when no event is pending.
  Result<std::optional<Event>> next_event();
  /// The oldest message of that topic; empty when there is none.
  Result<std::string> next_message(unsigned topic);

 private:
  Result<std::string> ask(std::string_view command, std::chrono::milliseconds timeout = AtClient::kPromptly);
  AtClient& at_;
};

}  // namespace xl::quickconnect
