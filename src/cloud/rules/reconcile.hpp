// SPDX-License-Identifier: Apache-2.0
// After a restore the registry does not know who has become a module's owner since its backup (docs/registry.md
// "Reconciling"): until the custody log has said so, nobody's custody changes.
#pragma once
#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::rules {

Result<bool> is_reconciling(const Registry& registry);
Status set_reconciling(Registry& registry, bool is_reconciling);

/// errors: unavailable (it is), those of the registry
Status refuse_while_reconciling(const Registry& registry);

}  // namespace xl::cloud::rules
