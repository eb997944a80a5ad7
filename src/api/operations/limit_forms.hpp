// SPDX-License-Identifier: Apache-2.0
// A limit's refusal as the exception that AWS has for it.
#pragma once
#include "api/fault.hpp"

namespace xl::api {

/// `rule`: the answer of one of cloud/rules/account_rules.hpp. errors: `exception`, or what else went wrong
inline tl::expected<void, Fault> within(const Status& rule, const Exception& exception) {
  if (rule) return {};
  if (rule.error().code == Errc::forbidden) return fail(exception, rule.error().detail);
  return fail(Fault(rule.error()));
}

}  // namespace xl::api
