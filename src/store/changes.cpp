// SPDX-License-Identifier: Apache-2.0
#include "store/changes.hpp"

namespace xl::store {

Status ChangeNotes::write(sql::Connection& connection) const {
  for (const std::string& certificate : certificates_) {
    XL_CHECK(connection
                 .query("insert into change_log(number, certificate_id) "
                        "select coalesce(max(number), 0) + 1, $1 from change_log")
                 .bind(certificate)
                 .run());
  }
  return {};
}

Result<cloud::Changes> changes_after(sql::Connection& connection, std::int64_t number) {
  cloud::Changes changes{.last = number, .is_complete = true, .certificates = {}};
  // One row more than is new: when even the last one seen is gone, others may be gone with it.
  auto query = connection.query("select number, certificate_id from change_log where number >= $1 order by number");
  query.bind(number);
  for (bool is_first = true;; is_first = false) {
    XL_TRY(const auto row, query.step());
    if (!row) return changes;
    if (is_first) changes.is_complete = row->integer(0) <= number || row->integer(0) == 1;
    if (row->integer(0) <= number) continue;
    changes.last = row->integer(0);
    changes.certificates.push_back(row->text(1));
  }
}

Status forget_old_changes(sql::Connection& connection) {
  XL_CHECK(
      connection.query("delete from change_log where number < (select max(number) from change_log) - 20000").run());
  return {};
}

}  // namespace xl::store
