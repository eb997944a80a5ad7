// SPDX-License-Identifier: Apache-2.0
// One engine in a folder at a time. The engine inherits its owner's lock: that of a cloud which was killed removes its
// socket when it ends, and must have ended before the next one makes its own under the same name.
#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace xl::gateway {

/// The descriptor that holds the lock; it is the caller's. Waits for a predecessor that still ends, and kills one that
/// does not although its owner has died. errors: io, unavailable (another program runs its engine there)
Result<int> lock_engine_folder(const std::filesystem::path& folder);

/// Notes who holds the lock from now on, for whoever waits for it.
void note_engine(int lock, int owner_pid, int engine_pid);

}  // namespace xl::gateway
