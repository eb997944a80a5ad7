// SPDX-License-Identifier: Apache-2.0
// DIR/credentials in the AWS shared-credentials format: a profile per account and role. Mode 0600.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::installation {

inline std::filesystem::path credentials_of(const std::filesystem::path& folder) { return folder / "credentials"; }

Result<bool> has_profile(const std::filesystem::path& file, std::string_view profile);
/// Appends a profile, in the place of one of that name; the file is replaced as a whole, so a reader sees the old or
/// the new one.
Status put_profile(const std::filesystem::path& file, std::string_view profile, std::string_view access_key_id,
                   std::string_view secret_access_key, std::string_view region);
/// Idempotent.
Status remove_profile(const std::filesystem::path& file, std::string_view profile);

}  // namespace xl::installation
