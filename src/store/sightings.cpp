// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {

Result<std::int64_t> SqlSightings::find(std::string_view account_id, std::string_view certificate_id) const {
  return one(
      std::move(connection_.query("select seen from sighting where certificate_id = $1 and account_id = $2")
                    .bind(certificate_id)
                    .bind(account_id)),
      [](const sql::Row& row) { return row.integer(0); }, "sighting of", certificate_id);
}

Status SqlSightings::note(std::string_view account_id, std::string_view certificate_id, std::int64_t run_time) {
  XL_CHECK(connection_
               .query("insert into sighting(certificate_id, account_id, seen) "
                      "select $1, $2, $3 where $2 not in (select account_id from closed_account) "
                      "on conflict(certificate_id, account_id) do update set seen = $3")
               .bind(certificate_id)
               .bind(account_id)
               .bind(run_time)
               .run());
  return {};
}

Status SqlSightings::remove(std::string_view account_id, std::string_view certificate_id) {
  XL_CHECK(connection_.query("delete from sighting where certificate_id = $1 and account_id = $2")
               .bind(certificate_id)
               .bind(account_id)
               .run());
  return {};
}

Result<std::vector<cloud::StagedRegistration>> SqlSightings::unseen(std::int64_t before, std::int64_t owned_before,
                                                                    std::string_view after, std::size_t limit) const {
  static_assert(static_cast<int>(cloud::CustodyStatus::free) == 0 &&
                static_cast<int>(cloud::CustodyStatus::owned) == 2 &&
                static_cast<int>(cloud::CustodyStatus::owned_reset) == 3);
  return all(std::move(connection_
                           .query("select s.account_id, s.certificate_id, m.thing_name from sighting s join custody m "
                                  "on m.fingerprint = s.certificate_id and m.vendor_account = s.account_id "
                                  "where s.certificate_id > $3 and m.status in (0, 2, 3) and "
                                  "s.seen < case m.status when 2 then $2 else $1 end "
                                  "order by s.certificate_id limit $4")
                           .bind(before)
                           .bind(owned_before)
                           .bind(after)
                           .bind(static_cast<std::int64_t>(limit))),
             [](const sql::Row& row) { return cloud::StagedRegistration{row.text(0), row.text(1), row.text(2)}; });
}

Result<std::int64_t> SqlSightings::count_dormant() const {
  static_assert(static_cast<int>(cloud::CertificateStatus::dormant) == 5);
  return one(
      connection_.query("select count(*) from certificate where status = 5"),
      [](const sql::Row& row) { return row.integer(0); }, "count of", "dormant certificates");
}

}  // namespace xl::store
