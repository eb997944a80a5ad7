// SPDX-License-Identifier: Apache-2.0
// The host's side of the AT conversation: one command, one reply.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "quickconnect/port.hpp"

namespace xl::quickconnect {

struct AtReply {
  int error = 0;                   ///< the number after ERR; 0 for OK
  std::string detail;              ///< what follows on the first line, still escaped
  std::vector<std::string> lines;  ///< the additional lines that OK# announced, still escaped

  bool is_ok() const { return error == 0; }
  std::string text() const;  ///< as the module wrote it, lines separated by LF
};

/// LF, CR and backslash as \A, \D and \\. source: guide 4.3.2
std::string escape(std::string_view text);
/// The reverse; anything else after a backslash stays as it is. source: guide 4.3.5
std::string unescape(std::string_view text);

class AtClient {
 public:
  static constexpr std::chrono::milliseconds kPromptly{5'000};
  /// No command takes longer than 120 s (guide 4.6.2); the rest is the line's.
  static constexpr std::chrono::milliseconds kMaxExec{125'000};

  explicit AtClient(Port& port) : port_(port) {}

  /// Empties the line and repeats AT until the module answers OK.
  /// errors: unavailable (no answer), and those of Port
  Status find();
  /// Sends `command` and an end of line; waits for the reply. Lines that are no reply are ignored.
  /// errors: unavailable (no complete reply in time), and those of Port
  Result<AtReply> run(std::string_view command, std::chrono::milliseconds timeout = kPromptly);
  /// The same for exactly these bytes, which the module awaits after a command such as OTW; none: only the reply.
  Result<AtReply> run_raw(std::string_view bytes, std::chrono::milliseconds timeout);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  Result<std::string> read_line(Deadline deadline);
  Result<AtReply> read_reply(Deadline deadline);
  Status drain();

  Port& port_;
  std::string received_;
  bool is_in_step_ = true;  ///< false after a missing reply: it may still come
};

}  // namespace xl::quickconnect
