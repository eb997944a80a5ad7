// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

cloud::RetainedTopic read_topic(const sql::Row& row) { return {row.text(0), row.text(1), row.time(2)}; }

}  // namespace

Status SqlRetainedTopics::note(const cloud::RetainedTopic& retained) {
  XL_CHECK(connection_
               .query("insert into retained_topic(account_id, topic, modified) values($1, $2, $3) "
                      "on conflict(account_id, topic) do update set modified = excluded.modified")
               .bind(retained.account_id)
               .bind(retained.topic)
               .bind(retained.modified)
               .run());
  return {};
}

Status SqlRetainedTopics::forget(std::string_view account_id, std::string_view topic) {
  XL_CHECK(connection_.query("delete from retained_topic where account_id = $1 and topic = $2")
               .bind(account_id)
               .bind(topic)
               .run());
  return {};
}

Result<cloud::RetainedTopic> SqlRetainedTopics::find(std::string_view account_id, std::string_view topic) const {
  auto query =
      connection_.query("select account_id, topic, modified from retained_topic where account_id = $1 and topic = $2");
  return one(std::move(query.bind(account_id).bind(topic)), read_topic, "retained message on topic", topic);
}

Result<cloud::Page<cloud::RetainedTopic>> SqlRetainedTopics::list(std::string_view account_id,
                                                                  const cloud::PageRequest& page) const {
  return page_of(std::move(connection_
                               .query("select account_id, topic, modified from retained_topic "
                                      "where account_id = $1 and topic > $2 order by topic limit $3")
                               .bind(account_id)
                               .bind(page.after)
                               .bind(limit_of(page))),
                 page, read_topic);
}

}  // namespace xl::store
