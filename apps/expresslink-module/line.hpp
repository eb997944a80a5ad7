// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "module/ports/storage.hpp"
#include "options.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/host_uart.hpp"
#include "platform/linux/pty.hpp"

namespace xl::app {

/// The line to the host processor that the options ask for; owns what it opened.
struct Line {
  std::optional<platform::Pty> pty;
  platform::Descriptor serial;
  std::unique_ptr<platform::HostUart> uart;
  std::string name;  ///< what the host opens; empty for standard input and output
  std::string lost;  ///< what to tell when it ends by itself; empty: that is no failure
};

Result<Line> open_line(const Options& options, module::ports::Storage& state, platform::EventLoop& loop);

}  // namespace xl::app
