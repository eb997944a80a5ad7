// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::store {

/// Opens (creates, migrates) the registry in one SQLite file: WAL, synchronous FULL, one writer thread.
/// A damaged file is left as it is; the error names the newest backup beside it.
/// errors: corrupt (damaged, not a database, newer schema than ours), io (disk full, read-only), unavailable (locked)
Result<std::unique_ptr<cloud::RegistryStore>> open_sqlite(const std::filesystem::path& file);

}  // namespace xl::store
