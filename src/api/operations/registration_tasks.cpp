// SPDX-License-Identifier: Apache-2.0
// Bulk registrations: started, stopped and looked at here; api/bulk runs them.
// source: AWS IoT API Reference, StartThingRegistrationTask and its family
#include "api/bulk/reports.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"
#include "cloud/provisioning/template.hpp"
#include "crypto/random.hpp"

namespace xl::api {
namespace {

using cloud::RegistrationTask;
using cloud::TaskStatus;

constexpr std::array<std::pair<std::string_view, TaskStatus>, 5> kStatuses{{{"InProgress", TaskStatus::in_progress},
                                                                            {"Completed", TaskStatus::completed},
                                                                            {"Failed", TaskStatus::failed},
                                                                            {"Cancelled", TaskStatus::cancelled},
                                                                            {"Cancelling", TaskStatus::cancelling}}};

std::string text_of(TaskStatus status) {
  return std::string(std::ranges::find(kStatuses, status, &std::pair<std::string_view, TaskStatus>::second)->first);
}

tl::expected<std::string, Fault> task_id(const Request& request) {
  Constraints constraints;
  std::string id = constraints.label(request, "taskId", rules::kTaskId);
  XL_CHECK(constraints.result());
  return id;
}

/// The message names the place where the file was expected.
tl::expected<void, Fault> find_input(RegistrationTask& task, const Site& site) {
  if (!site.bulk_bell) return fail(exceptions::kServiceUnavailable, "This server runs no bulk registrations.");
  const auto file = site.options.buckets->open(task.account_id, task.bucket, task.key);
  if (!file) return fail(exceptions::kInvalidRequest, file.error().detail);
  task.file_bytes = (*file)->size();
  task.file_version = (*file)->version();
  return {};
}

Outcome start_in(cloud::Registry& registry, const RegistrationTask& task) {
  XL_TRY(const auto unfinished, registry.registration_tasks().unfinished());
  for (const RegistrationTask& other : unfinished) {
    if (other.account_id != task.account_id) continue;
    return fail(exceptions::kInvalidRequest, "An account runs one thing registration task at a time, and task " +
                                                 other.id + " is " + text_of(other.status) +
                                                 ". Wait for its end, or stop it with StopThingRegistrationTask.");
  }
  XL_CHECK(registry.registration_tasks().insert(task));
  return Reply{{"taskId", task.id}};
}

Outcome stop_in(cloud::Registry& registry, const std::string& account, const std::string& id, UnixMillis now) {
  XL_TRY(RegistrationTask task, registry.registration_tasks().find(account, id));
  if (task.status == TaskStatus::completed || task.status == TaskStatus::failed) {
    return fail(exceptions::kInvalidRequest,
                "Thing registration task " + id + " is " + text_of(task.status) + "; it cannot be stopped any more.");
  }
  if (task.status != TaskStatus::in_progress) return Reply{};
  task.status = TaskStatus::cancelling;
  task.modified = now;
  XL_CHECK(registry.registration_tasks().update(task));
  return Reply{};
}

std::int64_t percentage_of(const RegistrationTask& task) {
  if (task.status == TaskStatus::completed || task.file_bytes == 0) return task.has_ended() ? 100 : 0;
  return task.position * 100 / task.file_bytes;
}

std::string origin_of(const Request& request) {
  return (request.secure ? "https://" : "http://") +
         std::string(net::find_header(request.headers, "Host").value_or(""));
}

}  // namespace

tl::expected<Change, Fault> start_thing_registration_task(const Request& request, const Site& site) {
  Constraints constraints;
  RegistrationTask task;
  task.account_id = request.account.id;
  task.id = crypto::random_uuid();
  task.template_body = constraints.required_text(request.body, "templateBody", rules::kTemplateBody);
  task.bucket = constraints.required_text(request.body, "inputFileBucket", rules::kBucketName);
  task.key = constraints.required_text(request.body, "inputFileKey", rules::kObjectKey);
  task.role_arn = constraints.required_text(request.body, "roleArn", rules::kRoleArn);
  XL_CHECK(constraints.result());
  XL_CHECK(cloud::provisioning::check_registration_template(task.template_body));
  XL_CHECK(find_input(task, site));
  task.created = task.modified = request.now;
  return [task, bell = site.bulk_bell](cloud::Registry& registry) {
    Outcome outcome = start_in(registry, task);
    if (outcome) bell->ring();
    return outcome;
  };
}

tl::expected<Change, Fault> stop_thing_registration_task(const Request& request, const Site&) {
  XL_TRY(const std::string id, task_id(request));
  return [account = request.account.id, id, now = request.now](cloud::Registry& registry) {
    return stop_in(registry, account, id, now);
  };
}

Outcome describe_thing_registration_task(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const std::string id, task_id(request));
  XL_TRY(const auto task, registry.registration_tasks().find(request.account.id, id));
  Reply reply{{"taskId", task.id},
              {"creationDate", timestamp(task.created)},
              {"lastModifiedDate", timestamp(task.modified)},
              {"templateBody", task.template_body},
              {"inputFileBucket", task.bucket},
              {"inputFileKey", task.key},
              {"roleArn", task.role_arn},
              {"status", text_of(task.status)},
              {"successCount", task.succeeded},
              {"failureCount", task.failed},
              {"percentageProgress", percentage_of(task)}};
  if (!task.message.empty()) reply["message"] = task.message;
  return reply;
}

Outcome list_thing_registration_tasks(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto wanted =
      constraints.query_choice(request, "status", {"InProgress", "Completed", "Failed", "Cancelled", "Cancelling"});
  const auto page = page_request(constraints, request, kTokens);
  XL_CHECK(constraints.result());
  std::optional<TaskStatus> status;
  for (const auto& [name, value] : kStatuses) {
    if (wanted == name) status = value;
  }
  XL_TRY(const auto found, registry.registration_tasks().list(request.account.id, status, page));
  return listing(
      "taskIds", kTokens, found, [](const auto& task) { return boost::json::string(task.id); }, &RegistrationTask::id);
}

Outcome list_thing_registration_task_reports(const Request& request, const cloud::Registry& registry,
                                             const Site& site) {
  Constraints constraints;
  const std::string id = constraints.label(request, "taskId", rules::kTaskId);
  const std::string wanted = constraints.required_query_choice(request, "reportType", {"ERRORS", "RESULTS"});
  const auto page = page_request(constraints, request, kTokens);
  XL_CHECK(constraints.result());
  // The service model gives this operation no ResourceNotFoundException.
  if (const auto task = registry.registration_tasks().find(request.account.id, id); !task) {
    return fail(task.error().code == Errc::not_found ? Fault(exceptions::kInvalidRequest, task.error().detail)
                                                     : Fault(task.error()));
  }
  bulk::ReportPiece piece{request.account.id, id,
                          wanted == "ERRORS" ? cloud::ReportType::errors : cloud::ReportType::results, 0};
  const std::int64_t after = std::strtoll(page.after.c_str(), nullptr, 10);
  XL_TRY(const auto found,
         registry.registration_tasks().reports(request.account.id, id, piece.type, after, page.limit));
  const auto link = [&](std::int64_t first_line) {
    piece.first_line = first_line;
    return boost::json::string(origin_of(request) + bulk::signed_target(piece, site.options.master_key, request.now));
  };
  Reply reply = listing("resourceLinks", kTokens, found, link,
                        found.items.empty() ? std::string() : std::to_string(found.items.back()));
  reply["reportType"] = wanted;
  return reply;
}

}  // namespace xl::api
