// SPDX-License-Identifier: Apache-2.0
// What a TPM's answer means to us.
#pragma once
#include <tss2/tss2_common.h>

#include <string_view>

#include "base/result.hpp"

namespace xl::keystore::tpm2 {

/// `doing`: "sign", "make a key". errors: unavailable (not reached, busy), forbidden (password), not_found (handle),
/// already_exists, io (no room), internal
Error explain(TSS2_RC code, std::string_view doing);

}  // namespace xl::keystore::tpm2
