// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_TASK_COLUMNS                                                                                             \
  "select account_id, id, template_body, bucket, object_key, role_arn, status, message, succeeded, failed, lines, " \
  "position, file_bytes, file_version, created, modified from registration_task "

cloud::RegistrationTask read_task(const sql::Row& row) {
  return {.account_id = row.text(0),
          .id = row.text(1),
          .template_body = row.text(2),
          .bucket = row.text(3),
          .key = row.text(4),
          .role_arn = row.text(5),
          .status = static_cast<cloud::TaskStatus>(row.integer(6)),
          .message = row.text(7),
          .succeeded = row.integer(8),
          .failed = row.integer(9),
          .lines = row.integer(10),
          .position = row.integer(11),
          .file_bytes = row.integer(12),
          .file_version = row.text(13),
          .created = row.time(14),
          .modified = row.time(15)};
}

constexpr std::string_view kTask = "Thing registration task";

}  // namespace

Result<cloud::RegistrationTask> SqlRegistrationTasks::find(std::string_view account_id, std::string_view id) const {
  return one(
      std::move(connection_.query(XL_TASK_COLUMNS "where account_id = $1 and id = $2").bind(account_id).bind(id)),
      read_task, kTask, id);
}

Result<cloud::Page<cloud::RegistrationTask>> SqlRegistrationTasks::list(std::string_view account_id,
                                                                        std::optional<cloud::TaskStatus> status,
                                                                        const cloud::PageRequest& page) const {
  constexpr std::int64_t kAny = -1;
  return page_of(std::move(connection_
                               .query(XL_TASK_COLUMNS
                                      "where account_id = $1 and id > $2 and $3 in (-1, status) order by id limit $4")
                               .bind(account_id)
                               .bind(page.after)
                               .bind(status ? static_cast<std::int64_t>(*status) : kAny)
                               .bind(limit_of(page))),
                 page, read_task);
}

Result<std::vector<cloud::RegistrationTask>> SqlRegistrationTasks::unfinished() const {
  return all(connection_.query(XL_TASK_COLUMNS "where status in (0, 4) order by account_id"), read_task);
}

Status SqlRegistrationTasks::insert(const cloud::RegistrationTask& task) {
  return inserted(
      connection_
          .query("insert into registration_task(account_id, id, template_body, bucket, object_key, role_arn, status, "
                 "message, succeeded, failed, lines, position, file_bytes, file_version, created, modified) "
                 "values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)")
          .bind(task.account_id)
          .bind(task.id)
          .bind(task.template_body)
          .bind(task.bucket)
          .bind(task.key)
          .bind(task.role_arn)
          .bind(static_cast<std::int64_t>(task.status))
          .bind(task.message)
          .bind(task.succeeded)
          .bind(task.failed)
          .bind(task.lines)
          .bind(task.position)
          .bind(task.file_bytes)
          .bind(task.file_version)
          .bind(task.created)
          .bind(task.modified)
          .run(),
      kTask, task.id);
}

Status SqlRegistrationTasks::update(const cloud::RegistrationTask& task) {
  return changed_one(connection_
                         .query("update registration_task set status = $3, message = $4, succeeded = $5, failed = $6, "
                                "lines = $7, position = $8, modified = $9 where account_id = $1 and id = $2")
                         .bind(task.account_id)
                         .bind(task.id)
                         .bind(static_cast<std::int64_t>(task.status))
                         .bind(task.message)
                         .bind(task.succeeded)
                         .bind(task.failed)
                         .bind(task.lines)
                         .bind(task.position)
                         .bind(task.modified)
                         .run(),
                     kTask, task.id);
}

Status SqlRegistrationTasks::add_report(const cloud::RegistrationTask& task, cloud::ReportType type,
                                        std::int64_t first_line, std::string_view text) {
  return inserted(connection_
                      .query("insert into registration_report(account_id, task_id, type, first_line, text) "
                             "values($1, $2, $3, $4, $5)")
                      .bind(task.account_id)
                      .bind(task.id)
                      .bind(static_cast<std::int64_t>(type))
                      .bind(first_line)
                      .bind(text)
                      .run(),
                  "Report of task", task.id);
}

Result<std::string> SqlRegistrationTasks::report(std::string_view account_id, std::string_view task_id,
                                                 cloud::ReportType type, std::int64_t first_line) const {
  return one(std::move(connection_
                           .query("select text from registration_report "
                                  "where account_id = $1 and task_id = $2 and type = $3 and first_line = $4")
                           .bind(account_id)
                           .bind(task_id)
                           .bind(static_cast<std::int64_t>(type))
                           .bind(first_line)),
             read_first_text, "Report of task", task_id);
}

Result<cloud::Page<std::int64_t>> SqlRegistrationTasks::reports(std::string_view account_id, std::string_view task_id,
                                                                cloud::ReportType type, std::int64_t after,
                                                                std::size_t limit) const {
  const cloud::PageRequest page{.after = {}, .limit = limit};
  return page_of(std::move(connection_
                               .query("select first_line from registration_report where account_id = $1 and "
                                      "task_id = $2 and type = $3 and first_line > $4 order by first_line limit $5")
                               .bind(account_id)
                               .bind(task_id)
                               .bind(static_cast<std::int64_t>(type))
                               .bind(after)
                               .bind(limit_of(page))),
                 page, [](const sql::Row& row) { return row.integer(0); });
}

Result<std::size_t> SqlRegistrationTasks::remove_reports_of_ended(UnixMillis time, std::size_t limit) {
  XL_TRY(const std::int64_t gone,
         connection_
             .query("delete from registration_report where (account_id, task_id, type, first_line) in ("
                    "select r.account_id, r.task_id, r.type, r.first_line from registration_task t "
                    "join registration_report r on r.account_id = t.account_id and r.task_id = t.id "
                    "where t.status not in (0, 4) and t.modified < $1 limit $2)")
             .bind(time)
             .bind(static_cast<std::int64_t>(limit))
             .run());
  return static_cast<std::size_t>(gone);
}

}  // namespace xl::store
