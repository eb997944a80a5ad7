// SPDX-License-Identifier: Apache-2.0
// What a person should look at (guide 11.5; docs/onboarding.md "Findings").
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::rules {

/// `subject`: the certificate or account it is about; one open finding of a kind counts how often it was seen. A new
/// one is logged too.
Status note_finding(Registry& registry, FindingKind kind, std::string_view account_id, std::string_view subject,
                    std::string_view thing_name, std::string_view evidence, UnixMillis now);

/// For the vendor of the module, when that is known here.
Status note_finding_of_module(Registry& registry, FindingKind kind, const Custody& module, std::string_view evidence,
                              UnixMillis now);

}  // namespace xl::cloud::rules
