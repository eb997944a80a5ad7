// SPDX-License-Identifier: Apache-2.0
// What an account may have, whoever asks for it: the control plane, RegisterThing, just-in-time provisioning. The
// numbers are the account's own (cloud/model/limits.hpp). Inside the caller's transaction.
// errors of all of them: forbidden, with the sentence for whoever asked; not_found, io
#pragma once
#include <string_view>

#include "cloud/ports/registry.hpp"

namespace xl::cloud::rules {

Status check_attributes(const Registry& registry, const Thing& thing);
Status check_attributes(const Registry& registry, const ThingGroup& group);
/// What is attached already may be attached again.
Status check_attachment(const Registry& registry, std::string_view account_id, std::string_view policy,
                        std::string_view certificate_id);
Status check_group_attachment(const Registry& registry, std::string_view account_id, std::string_view policy,
                              std::string_view group);
Status check_policy_length(const Registry& registry, std::string_view account_id, std::string_view document);
/// A thing is in one group of each tree at most. source: AWS IoT Developer Guide, "Static thing groups"
Status check_membership(const Registry& registry, std::string_view account_id, std::string_view group,
                        std::string_view thing);
/// Its parent has room for it.
Status check_place(const Registry& registry, const ThingGroup& group);
/// One more CA of this subject.
Status check_subject(const Registry& registry, std::string_view account_id, std::string_view subject_der);

}  // namespace xl::cloud::rules
