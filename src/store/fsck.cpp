// SPDX-License-Identifier: Apache-2.0
#include "store/fsck.hpp"

#include "base/text.hpp"
#include "store/fsck_rules.hpp"
#include "store/migrations.hpp"

namespace xl::store {
namespace rules {
namespace {

Status check_integrity(sql::Connection& connection, Findings& out) {
  auto query = connection.query("pragma integrity_check");
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    if (row->text(0) != "ok") out.push_back({"database", row->text(0), kRestoreRemedy});
  }
}

Status check_references(sql::Connection& connection, Findings& out) {
  auto query = connection.query("pragma foreign_key_check");
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    out.push_back({"table " + row->text(0) + ", row " + std::to_string(row->integer(1)),
                   "it refers to a row of table " + row->text(2) + " that does not exist", kRestoreRemedy});
  }
}

}  // namespace

Status check_database(sql::Connection& connection, Findings& out) {
  XL_CHECK(check_integrity(connection, out));
  return check_references(connection, out);
}

Status check_secrets(sql::Connection& connection, const crypto::AeadKey* master_key, Findings& out) {
  auto query = connection.query("select id, account_id, sealed_secret from access_key order by id");
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    if (master_key == nullptr) {
      out.push_back({"master.key", "it is missing; the secrets of access keys cannot be read without it",
                     "Bring it back from where you keep it."});
      return {};
    }
    const auto sealed = hex_decode(row->text(2));
    if (sealed && crypto::unseal(*master_key, *sealed, row->text(0))) continue;
    out.push_back({"access key " + row->text(0) + " of account " + row->text(1),
                   "master.key does not open its secret: it is another installation's key, or the secret was changed",
                   "Bring back the master.key that belongs to this registry."});
  }
}

}  // namespace rules

namespace {

Status run_rules(sql::Connection& connection, const crypto::AeadKey* master_key, FsckReport& report) {
  XL_TRY(report.contents, count_contents(connection));
  XL_CHECK(rules::check_custody(connection, report.findings));
  XL_CHECK(rules::check_certificates(connection, report.findings));
  XL_CHECK(rules::check_links(connection, report.findings));
  return rules::check_secrets(connection, master_key, report.findings);
}

/// Damage is what was looked for; any other failure means that nothing was learnt.
Result<FsckReport> found_or_failed(FsckReport report, const Status& status, const std::filesystem::path& registry) {
  if (!status && status.error().code != Errc::corrupt)
    return fail(Error{status.error().code, registry.string() + ": " + status.error().detail});
  if (!status) report.findings.push_back({"database", status.error().detail, rules::kRestoreRemedy});
  return report;
}

}  // namespace

Result<FsckReport> fsck(const std::filesystem::path& registry, const crypto::AeadKey* master_key) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(registry, ignored))
    return fail(Error::not_found("registry", registry.string()));
  FsckReport report;
  const auto connection = sql::Connection::open(registry, sql::Access::read_only);
  if (!connection) return found_or_failed(std::move(report), fail(connection.error()), registry);
  Status status = (*connection)->execute("begin");  // one snapshot for all rules
  if (status) status = rules::check_database(**connection, report.findings);
  // What the other rules would read could not be trusted.
  if (!status || !report.findings.empty()) return found_or_failed(std::move(report), status, registry);
  const auto version = schema_version(**connection);
  if (!version) return fail(Error{version.error().code, registry.string() + ": " + version.error().detail});
  if (*version == 0) return fail(Error::corrupt(registry.string() + " is empty, not a registry"));
  status = run_rules(**connection, master_key, report);
  return found_or_failed(std::move(report), status, registry);
}

}  // namespace xl::store
