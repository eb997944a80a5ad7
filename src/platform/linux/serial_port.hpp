// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"

namespace xl::platform {

/// A real serial line, for this process alone. errors: not_found, io
Result<Descriptor> open_serial_port(const std::filesystem::path& device);

}  // namespace xl::platform
