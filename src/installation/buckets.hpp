// SPDX-License-Identifier: Apache-2.0
// Buckets as folders: DIR/buckets/ACCOUNT/BUCKET/KEY. Symbolic links below DIR/buckets are not followed.
#pragma once
#include <filesystem>
#include <memory>

#include "cloud/ports/buckets.hpp"

namespace xl::installation {

/// `folder` is DIR; what is missing below it is missing to callers of the answer, too, and made by nobody.
std::shared_ptr<const cloud::Buckets> buckets_in(const std::filesystem::path& folder);

}  // namespace xl::installation
