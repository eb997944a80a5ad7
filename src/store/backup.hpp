// SPDX-License-Identifier: Apache-2.0
// Copies of a registry that is in use. A backup is one file of mode 0600 that needs nothing beside it. The master key
// is not in it: the secrets it holds stay sealed.
#pragma once
#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/durable.hpp"
#include "store/registry_file.hpp"

namespace xl::store {

/// Writes the registry as it is at this moment to `out`, while others read and write. `out` appears whole and verified,
/// or not at all.
/// errors: not_found (no registry), already_exists (`out`, unless replaced), corrupt (the registry is damaged), io,
/// unavailable (stop was requested)
Result<Contents> back_up(const std::filesystem::path& registry, const std::filesystem::path& out, Existing existing,
                         std::stop_token stop = {});

/// The registry as it is at this moment, its log included, to a new file that is on the disk when this returns; the
/// rest of a backup is up to the caller. errors: as back_up
Status copy_snapshot(const std::filesystem::path& registry, const std::filesystem::path& to, std::stop_token stop = {});

/// The most recently written *.sqlite file in `folder`; nullopt when there is none.
std::optional<std::filesystem::path> newest_backup(const std::filesystem::path& folder);

/// The name of a backup that the server makes by itself; such names sort by time.
std::string scheduled_name(UnixMillis at);
/// The most recently written of those.
std::optional<std::filesystem::path> newest_scheduled_backup(const std::filesystem::path& folder);
/// Removes all but the newest `keep` of those, and what a killed server left half-written.
void prune_scheduled_backups(const std::filesystem::path& folder, std::size_t keep);

}  // namespace xl::store
