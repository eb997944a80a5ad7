// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::store {

/// another_of_server: a process of a server that has opened the file already. It is neither checked, which takes as
/// long as reading it does, nor migrated.
enum class Opener { server, another_of_server };

/// Opens (creates, migrates) the registry in one SQLite file: WAL, synchronous FULL, one writer thread
/// in each process that has it open.
/// A damaged file is left as it is; the error names the newest backup beside it.
/// errors: corrupt (damaged, not a database, newer schema than ours), io (disk full, read-only), unavailable (locked)
Result<std::unique_ptr<cloud::RegistryStore>> open_sqlite(const std::filesystem::path& file,
                                                          Opener opener = Opener::server);

}  // namespace xl::store
