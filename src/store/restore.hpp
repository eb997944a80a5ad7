// SPDX-License-Identifier: Apache-2.0
// A backup takes the registry's place. The caller holds the data directory alone: nobody has the registry open.
#pragma once
#include <filesystem>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/registry_file.hpp"

namespace xl::store {

struct Restored {
  Contents contents;
  std::filesystem::path kept;  ///< the registry as it was, with its log beside it; empty: there was none
};

/// A failure, or the end of the program at any moment, leaves the old registry or the new one. errors: not_found,
/// invalid_argument (`from` is the registry itself), corrupt (`from` is damaged, or of a newer program), io
Result<Restored> restore(const std::filesystem::path& registry, const std::filesystem::path& from, UnixMillis now);

/// Completes what a restore() that was cut off had begun; nothing to do otherwise. To be called before the registry is
/// opened.
Status finish_restore(const std::filesystem::path& registry);
bool is_restore_unfinished(const std::filesystem::path& registry);

}  // namespace xl::store
