// SPDX-License-Identifier: Apache-2.0
#include "cloud/rules/account_settings.hpp"

#include <string>

namespace xl::cloud::rules {
namespace {

/// Settings are tags of the ARN that means the whole account; no operation reaches it.
std::string arn_of(std::string_view account_id) { return "arn:aws:iam::" + std::string(account_id) + ":root"; }

}  // namespace

Result<bool> is_on(const Registry& registry, std::string_view account_id, std::string_view setting) {
  XL_TRY(const auto tags, registry.tags().of(arn_of(account_id)));
  return tags.contains(std::string(setting));
}

Status set(Registry& registry, std::string_view account_id, std::string_view setting, bool is_on) {
  const std::string arn = arn_of(account_id);
  return is_on ? registry.tags().put(arn, setting, "on") : registry.tags().remove(arn, setting);
}

}  // namespace xl::cloud::rules
