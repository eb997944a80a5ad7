// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::store {

/// Opens (creates, migrates) the registry in one SQLite file: WAL, synchronous FULL, one writer thread.
/// errors: corrupt (not a database, newer schema than ours), io, unavailable (locked)
Result<std::unique_ptr<cloud::RegistryStore>> open_sqlite(const std::filesystem::path& file);

}  // namespace xl::store
