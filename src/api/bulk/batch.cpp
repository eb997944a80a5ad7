// SPDX-License-Identifier: Apache-2.0
#include "api/bulk/batch.hpp"

#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace xl::api::bulk {
namespace {

using cloud::RegistrationTask;
using cloud::TaskStatus;

/// As many as share a commit well, and few enough that whoever writes meanwhile waits some tens of milliseconds.
constexpr std::size_t kLinesMax = 100;
/// A batch of the longest lines is held in memory, and so is the report on it.
constexpr std::int64_t kBytesMax = 1 << 20;

tl::expected<Registration, Fault> registration_of(Batch::Entry& entry, const Request& request,
                                                  const RegistrationTask& task, const ApiOptions& options) {
  if (entry.line.is_too_long) {
    return fail(exceptions::kInvalidRequest, "The line is longer than " + std::to_string(kLineBytesMax) + " bytes.");
  }
  XL_TRY(entry.parameters, parse_object(entry.line.text));
  Constraints constraints;
  const RegistrationParameters parameters = registration_parameters(constraints, {{"parameters", entry.parameters}});
  XL_CHECK(constraints.result());
  return plan_registration(task.template_body, parameters, request, options);
}

boost::json::object place_of(const Line& line) { return {{"lineNumber", line.number}, {"offset", line.offset}}; }

std::string result_line(const Batch::Entry& entry, const Reply& reply) {
  boost::json::object out = place_of(entry.line);
  out["response"] = {{"ResourceArns", reply.at("resourceArns")}, {"certificatePem", reply.at("certificatePem")}};
  return boost::json::serialize(out) + "\n";
}

std::string error_line(const Batch::Entry& entry, const Fault& fault) {
  boost::json::object out = place_of(entry.line);
  out["errorCode"] = std::string(fault.exception.name);
  out["errorMessage"] = fault.message;
  if (entry.parameters.is_object()) out["request"] = entry.parameters;
  return boost::json::serialize(out) + "\n";
}

/// A Fault that is the line's own. errors: the registry's
Result<Outcome> do_line(cloud::Registry& registry, const Request& request, const Batch::Entry& entry) {
  if (!entry.registration) return Outcome(fail(entry.registration.error()));
  Outcome outcome;
  const Status kept = registry.attempt([&]() -> Status {
    outcome = register_in(registry, request, *entry.registration);
    return outcome ? Status() : Status(xl::fail(Error::conflict(outcome.error().message)));
  });
  if (outcome) XL_CHECK(kept);
  if (!outcome && outcome.error().exception.status >= 500) return xl::fail(Error::unavailable(outcome.error().message));
  return outcome;
}

}  // namespace

Result<Batch> read_batch(LineReader& reader, const RegistrationTask& task, const cloud::Account& account,
                         const ApiOptions& options) {
  const std::int64_t begin = reader.position();
  Batch batch;
  batch.request.account = account;
  batch.request.region = options.region;
  batch.request.now = wall_now();
  batch.first_line = reader.lines() + 1;
  while (batch.entries.size() < kLinesMax && reader.position() - begin < kBytesMax) {
    XL_TRY(std::optional<Line> line, reader.next());
    batch.is_last = !line;
    if (!line) break;
    if (!line->is_too_long && trim(line->text).empty()) continue;
    Batch::Entry entry{*std::move(line), nullptr, Registration()};
    entry.registration = registration_of(entry, batch.request, task, options);
    batch.entries.push_back(std::move(entry));
  }
  batch.lines = reader.lines();
  batch.position = reader.position();
  return batch;
}

Status write_batch(cloud::Registry& registry, const Batch& batch, RegistrationTask& task) {
  task.modified = wall_now();
  if (task.status == TaskStatus::cancelling) {
    task.status = TaskStatus::cancelled;
    return registry.registration_tasks().update(task);
  }
  std::string results, errors;
  for (const Batch::Entry& entry : batch.entries) {
    XL_TRY(const Outcome outcome, do_line(registry, batch.request, entry));
    ++(outcome ? task.succeeded : task.failed);
    if (outcome) {
      results += result_line(entry, *outcome);
    } else {
      errors += error_line(entry, outcome.error());
    }
  }
  auto& tasks = registry.registration_tasks();
  if (!results.empty()) XL_CHECK(tasks.add_report(task, cloud::ReportType::results, batch.first_line, results));
  if (!errors.empty()) XL_CHECK(tasks.add_report(task, cloud::ReportType::errors, batch.first_line, errors));
  task.lines = batch.lines;
  task.position = batch.position;
  if (batch.is_last) task.status = TaskStatus::completed;
  return tasks.update(task);
}

}  // namespace xl::api::bulk
