// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "cloud/ports/retained_messages.hpp"

namespace xl::gateway {

/// Asks the engine as a client that subscribes, listens and leaves.
std::shared_ptr<const cloud::RetainedMessages> retained_messages_of(const std::filesystem::path& engine_socket);

}  // namespace xl::gateway
