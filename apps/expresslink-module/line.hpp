// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "module/ports/storage.hpp"
#include "options.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/host_uart.hpp"
#include "platform/linux/pty.hpp"
#include "platform/linux/tcp_uart.hpp"

namespace xl::app {

/// What of the line outlives a restart with other firmware, so that the host notices none: it is handed from one
/// program to the next by exec.
struct LineEnds {
  std::optional<platform::Pty> pty;
  platform::Descriptor serial;
  platform::TcpUart::Sockets tcp;

  /// For the program that comes next: its descriptors stay open, and this text tells it which ones they are.
  std::string hand_over() const;
  /// They close with the next exec again.
  void take_back() const;
  /// From what hand_over() said in the program before; nothing when it said nothing.
  static LineEnds adopt(std::string_view text);
};

/// The line to the host processor that the options ask for; owns what it opened.
struct Line {
  std::unique_ptr<platform::HostUart> uart;
  std::string name;  ///< what the host opens; empty for standard input and output
  std::string lost;  ///< what to tell when it ends by itself; empty: that is no failure
  platform::TcpUart* tcp = nullptr;
};

/// Opens what `ends` does not have yet, into it. A line of another program stays that program's in a trial.
Result<Line> open_line(const Options& options, LineEnds& ends, bool is_trial, module::ports::Storage& state,
                       platform::EventLoop& loop);

/// The same without talking on it: what `ends` does not have yet is opened into it. errors: open_line()'s
Status open_ends(const Options& options, LineEnds& ends, module::ports::Storage& state);

}  // namespace xl::app
