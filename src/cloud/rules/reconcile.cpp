// SPDX-License-Identifier: Apache-2.0
#include "cloud/rules/reconcile.hpp"

namespace xl::cloud::rules {
namespace {

constexpr std::string_view kCursor = "reconciling";

}  // namespace

Result<bool> is_reconciling(const Registry& registry) {
  XL_TRY(const std::int64_t number, registry.cursors().find(kCursor));
  return number != 0;
}

Status set_reconciling(Registry& registry, bool is_reconciling) {
  return registry.cursors().put(kCursor, is_reconciling ? 1 : 0);
}

Status refuse_while_reconciling(const Registry& registry) {
  XL_TRY(const bool is_so, is_reconciling(registry));
  if (!is_so) return {};
  return fail(
      Error::unavailable("the cloud was restored from a backup and its custody log is missing: until an operator has "
                         "run `expresslink-cloud custody reconcile`, no module is claimed or registered by itself"));
}

}  // namespace xl::cloud::rules
