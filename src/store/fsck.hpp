// SPDX-License-Identifier: Apache-2.0
// Does the registry keep its own rules? Reads only, from one snapshot, while a server may be writing.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/aead.hpp"
#include "store/registry_file.hpp"

namespace xl::store {

struct Finding {
  std::string where;   ///< "certificate 3fa1… in account 111111111111"
  std::string what;    ///< which rule is broken
  std::string remedy;  ///< what to do
};

struct FsckReport {
  Contents contents;
  std::vector<Finding> findings;
};

/// A file that is damaged as a database gets that as its finding, and no others. `master_key`: null when it is missing,
/// which is a finding as soon as there are secrets.
/// errors: not_found (no registry), corrupt (another program's, or a newer one's), unavailable, io: could not be
/// checked
Result<FsckReport> fsck(const std::filesystem::path& registry, const crypto::AeadKey* master_key);

}  // namespace xl::store
