// SPDX-License-Identifier: Apache-2.0
#include "store/fsck_rules.hpp"

namespace xl::store::rules {
namespace {

/// `query` gives account and name.
Status each_row(sql::Query query, Findings& out, const std::string& kind, const char* what) {
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    out.push_back({kind + " " + row->text(1) + " in account " + row->text(0), what, kRestoreRemedy});
  }
}

}  // namespace

Status check_links(sql::Connection& connection, Findings& out) {
  XL_CHECK(each_row(connection.query("select account_id, name from policy p where not exists ("
                                     "select 1 from policy_version v where v.account_id = p.account_id and "
                                     "v.policy_name = p.name and cast(v.number as text) = p.default_version and "
                                     "v.document = p.document) order by account_id, name"),
                    out, "policy", "its document is not that of its default version"));
  XL_CHECK(each_row(connection.query("select account_id, name from provisioning_template t where not exists ("
                                     "select 1 from provisioning_template_version v where v.account_id = t.account_id "
                                     "and v.template_name = t.name and v.number = t.default_version and "
                                     "v.body = t.body) order by account_id, name"),
                    out, "provisioning template", "its body is not that of its default version"));
  XL_CHECK(each_row(connection.query("select account_id, name from thing t where type_name is not null and not exists ("
                                     "select 1 from thing_type y where y.account_id = t.account_id and "
                                     "y.name = t.type_name) order by account_id, name"),
                    out, "thing", "it has a type that does not exist"));
  XL_CHECK(each_row(connection.query("select account_id, id from certificate c where status = 3 and not exists ("
                                     "select 1 from certificate_transfer t where t.certificate_id = c.id and "
                                     "t.state = 0 and c.account_id in (t.source_account, t.target_account)) "
                                     "order by account_id, id"),
                    out, "certificate", "it is PENDING_TRANSFER without a transfer"));
  XL_CHECK(each_row(connection.query("select id, 'as counted' from account a where "
                                     "coalesce((select topics from retained_count c where c.account_id = a.id), 0) <> "
                                     "(select count(*) from retained_topic t where t.account_id = a.id) order by id"),
                    out, "retained messages", "their number is not that of their topics"));
  return each_row(connection.query("select source_account, certificate_id from certificate_transfer t where state = 0 "
                                   "and 2 <> (select count(*) from certificate c where c.id = t.certificate_id and "
                                   "c.status = 3 and c.account_id in (t.source_account, t.target_account)) "
                                   "order by source_account, certificate_id"),
                  out, "certificate", "its transfer is under way, but it is not PENDING_TRANSFER in both accounts");
}

}  // namespace xl::store::rules
