// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

cloud::RetainedTopic read_topic(const sql::Row& row) { return {row.text(0), row.text(1), row.time(2)}; }

}  // namespace

Status SqlRetainedTopics::note(const cloud::RetainedTopic& retained) {
  XL_TRY(const std::int64_t known,
         connection_.query("update retained_topic set modified = $3 where account_id = $1 and topic = $2")
             .bind(retained.account_id)
             .bind(retained.topic)
             .bind(retained.modified)
             .run());
  if (known > 0) return {};
  XL_CHECK(connection_.query("insert into retained_topic(account_id, topic, modified) values($1, $2, $3)")
               .bind(retained.account_id)
               .bind(retained.topic)
               .bind(retained.modified)
               .run());
  return add_to_count(retained.account_id, 1);
}

Status SqlRetainedTopics::forget(std::string_view account_id, std::string_view topic) {
  XL_TRY(const std::int64_t known, connection_.query("delete from retained_topic where account_id = $1 and topic = $2")
                                       .bind(account_id)
                                       .bind(topic)
                                       .run());
  return known > 0 ? add_to_count(account_id, -known) : Status();
}

Status SqlRetainedTopics::add_to_count(std::string_view account_id, std::int64_t topics) {
  XL_CHECK(connection_
               .query("insert into retained_count(account_id, topics) values($1, $2) "
                      "on conflict(account_id) do update set topics = retained_count.topics + excluded.topics")
               .bind(account_id)
               .bind(topics)
               .run());
  return {};
}

Result<std::size_t> SqlRetainedTopics::count(std::string_view account_id) const {
  auto query = connection_.query("select topics from retained_count where account_id = $1");
  XL_TRY(const auto row, query.bind(account_id).step());
  return row ? static_cast<std::size_t>(row->integer(0)) : std::size_t{0};
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
