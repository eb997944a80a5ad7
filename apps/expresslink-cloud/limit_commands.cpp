// SPDX-License-Identifier: Apache-2.0
#include "limit_commands.hpp"

#include <cstdio>

#include "account_commands.hpp"
#include "cloud/model/limits.hpp"

namespace xl::app {
namespace {

namespace limits = cloud::limits;

/// Who has set it. What a running server was told is not known here.
std::string source_of(const limits::Row& row, bool is_own) {
  if (is_own) return " (set)";
  return row.note.empty() ? "" : " (unless serve has " + std::string(row.note) + ")";
}

std::string text_of(std::size_t value) { return value == 0 ? "none" : std::to_string(value); }

Status change_limit(const Options& options, std::optional<std::size_t> value) {
  const auto limit = limits::find_limit(options.limit_name);
  if (!limit) {
    return fail(Error::invalid("there is no limit " + options.limit_name +
                               " that an account can set; `expresslink-cloud " + "account limits list` shows them"));
  }
  XL_TRY(const Opened opened, open_account(options));
  XL_CHECK(opened.cloud.registry->write(
      [&](cloud::Registry& registry) { return registry.accounts().set_limit(opened.account.id, *limit, value); }));
  std::printf("%s of account %s: %s\n", options.limit_name.c_str(), opened.account.name.c_str(),
              text_of(value.value_or(limits::row_of(*limit).initial())).c_str());
  return {};
}

}  // namespace

Status list_limits(const Options& options) {
  XL_TRY(const Opened opened, open_account(options));
  XL_TRY(const auto view, opened.cloud.registry->open_view());
  XL_TRY(const limits::AccountLimits own, view->accounts().limits(opened.account.id));
  for (std::size_t i = 0; i < limits::kLimits; ++i) {
    const auto limit = static_cast<limits::Limit>(i);
    const limits::Row& row = limits::row_of(limit);
    std::printf("%-29s  %-8s  %s%s\n", std::string(row.name).c_str(), text_of(own[limit]).c_str(),
                std::string(row.bounds).c_str(), source_of(row, own.own(limit).has_value()).c_str());
  }
  return {};
}

Status set_limit(const Options& options) { return change_limit(options, options.limit_value); }

Status reset_limit(const Options& options) { return change_limit(options, std::nullopt); }

}  // namespace xl::app
