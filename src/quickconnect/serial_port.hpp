// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "quickconnect/port.hpp"

namespace xl::quickconnect {

/// Opens a serial device or pseudo-terminal for this process alone: 115200 baud, 8N1, no flow control.
/// A readable `interrupt_fd` ends every wait.
/// errors: not_found, forbidden, conflict (another program has it), io; the detail names the path and says what to do
/// source: guide 4.1.1
Result<std::unique_ptr<Port>> open_serial_port(const std::string& path, int interrupt_fd);

}  // namespace xl::quickconnect
