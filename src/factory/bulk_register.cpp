// SPDX-License-Identifier: Apache-2.0
#include "factory/bulk_register.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "factory/aws_calls.hpp"
#include "factory/files.hpp"
#include "net/http.hpp"

namespace xl::factory {
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kLookEvery{250};
constexpr std::string_view kTasks = "/thing-registration-tasks";

std::string text_at(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

/// errors: forbidden (the cloud's reason), unavailable
Result<json::object> ask(const AwsClient& aws, const std::string& what, std::string_view method, std::string target,
                         const json::object& body = {}) {
  XL_TRY(const AwsReply reply,
         aws.call("iot", method, std::move(target), body.empty() ? std::string() : json::serialize(body), kJson));
  boost::system::error_code error;
  json::value answer = json::parse(reply.body.empty() ? "{}" : reply.body, error);
  if (reply.status == 200 && !error && answer.is_object()) return std::move(answer.get_object());
  return fail(refused(what, reply));
}

struct Task {
  std::string id, status, message;
  LotProgress progress;
  bool has_ended() const { return status != "InProgress" && status != "Cancelling"; }
  /// Nothing is left to do.
  bool is_done() const { return status == "Completed" && progress.failed == 0; }
};

Task task_of(const std::string& id, const json::object& body) {
  return {id,
          text_at(body, "status"),
          text_at(body, "message"),
          {number_at(body, "successCount"), number_at(body, "failureCount"), number_at(body, "percentageProgress")}};
}

Result<Task> describe(const AwsClient& aws, const std::string& id) {
  XL_TRY(const json::object body, ask(aws, "DescribeThingRegistrationTask", "GET", std::string(kTasks) + "/" + id));
  return task_of(id, body);
}

/// A lot has one manifest, by the names in it.
Result<std::string> key_of(const std::vector<fs::path>& identities) {
  std::string names;
  for (const fs::path& identity : identities) names += identity.filename().string() + "\n";
  return "lot-" + crypto::sha256_hex(names).substr(0, 16) + ".json";
}

/// A line of JSON per module. Whole or absent.
Status write_manifest(const std::vector<fs::path>& identities, const fs::path& file) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return fail(Error::io("cannot make folder " + file.parent_path().string() + ": " + error.message()));
  const fs::path unfinished = file.string() + ".new";
  std::ofstream out(unfinished, std::ios::trunc);
  for (const fs::path& identity : identities) {
    XL_TRY(const ModuleFacts module, read_module(identity));
    XL_TRY(const std::string parameters, registration_parameters(module));
    out << parameters << '\n';
  }
  out.close();
  if (!out) return fail(Error::io("cannot write " + unfinished.string()));
  fs::rename(unfinished, file, error);
  if (error) return fail(Error::io("cannot write " + file.string() + ": " + error.message()));
  return {};
}

/// The link is signed; it needs no key of ours.
Result<std::string> fetch(const std::string& link) {
  const auto scheme = link.find("://");
  const auto path = scheme == std::string::npos ? scheme : link.find('/', scheme + 3);
  if (path == std::string::npos) return fail(Error::unavailable("the cloud's report has the broken link " + link));
  net::HttpRequest request;
  request.method = "GET";
  request.target = link.substr(path);
  XL_TRY(net::HttpResponse response, net::http_call(link.substr(0, path), std::move(request)));
  if (response.status == 200) return std::move(response.body);
  return fail(Error::unavailable("the report's link answers " + std::to_string(response.status)));
}

/// What a line of a report says of its module.
std::string told(const json::object& line, const std::vector<fs::path>& identities) {
  const auto number = static_cast<std::size_t>(number_at(line, "lineNumber"));
  const std::string name = number > 0 && number <= identities.size() ? identities[number - 1].filename().string() : "?";
  const std::string reason = text_at(line, "errorMessage");
  if (!line.contains("errorMessage")) return "registered  " + name;
  return "failed      " + name + " (line " + std::to_string(number) + "): " + reason;
}

Status report(const AwsClient& aws, const Task& task, const std::string& type, const std::vector<fs::path>& identities,
              const LotEvents& events) {
  std::string token;
  do {
    XL_TRY(const json::object page, ask(aws, "ListThingRegistrationTaskReports", "GET",
                                        std::string(kTasks) + "/" + task.id + "/reports?reportType=" + type +
                                            (token.empty() ? "" : "&nextToken=" + percent_encode(token))));
    const json::value* links = page.if_contains("resourceLinks");
    if (links == nullptr || !links->is_array()) return fail(Error::unavailable("the cloud's report has no links"));
    for (const json::value& link : links->get_array()) {
      XL_TRY(const std::string text, fetch(link.is_string() ? std::string(link.get_string()) : std::string()));
      for (const std::string_view line : split(text, '\n')) {
        boost::system::error_code error;
        const json::value parsed = json::parse(line.empty() ? "{}" : line, error);
        if (!error && parsed.is_object() && !parsed.get_object().empty())
          events.line(told(parsed.get_object(), identities));
      }
    }
    token = text_at(page, "nextToken");
  } while (!token.empty());
  return {};
}

class Lot {
 public:
  Lot(const Registrar& registrar, const LotOptions& options, const LotEvents& events)
      : registrar_(registrar), options_(options), events_(events) {}

  Result<LotProgress> run() {
    XL_TRY(identities_, identities_in(options_.lot));
    XL_TRY(key_, key_of(identities_));
    XL_TRY(std::optional<Task> task, last_task());
    if (!task || (task->has_ended() && !task->is_done())) {
      XL_TRY(task, start());
    } else {
      events_.step("task        " + task->id + (task->has_ended() ? ": the lot is done" : ": runs already"));
    }
    XL_TRY(task, wait(*std::move(task)));
    XL_CHECK(report(registrar_.aws(), *task, "ERRORS", identities_, events_));
    XL_CHECK(report(registrar_.aws(), *task, "RESULTS", identities_, events_));
    if (task->status != "Completed") {
      return fail(Error::conflict("task " + task->id + " is " + task->status +
                                  (task->message.empty() ? "" : ": " + task->message) + ". Run it again to go on."));
    }
    return task->progress;
  }

 private:
  fs::path memory() const { return options_.lot / (".registered-" + registrar_.account_id()); }

  /// The one that an earlier run has started for the lot as it is now.
  Result<std::optional<Task>> last_task() const {
    const auto remembered = read_file(memory());
    if (!remembered && remembered.error().code != Errc::not_found) return fail(remembered.error());
    const auto words = split(remembered ? trim(*remembered) : std::string_view(), ' ');
    if (words.size() != 2 || words[0] != key_) return running_task();
    auto task = describe(registrar_.aws(), std::string(words[1]));
    if (task) return std::optional<Task>(*std::move(task));
    if (task.error().code == Errc::forbidden) return running_task();  // another cloud's, or it is forgotten
    return fail(task.error());
  }

  /// An earlier run may have been killed before it could write down what it had started.
  Result<std::optional<Task>> running_task() const {
    const AwsClient& aws = registrar_.aws();
    XL_TRY(const json::object page,
           ask(aws, "ListThingRegistrationTasks", "GET", std::string(kTasks) + "?status=InProgress"));
    const json::value* ids = page.if_contains("taskIds");
    if (ids == nullptr || !ids->is_array() || ids->get_array().empty()) return std::optional<Task>();
    const json::value& first = ids->get_array().front();
    const std::string id = first.is_string() ? std::string(first.get_string()) : "";  // an account runs one at a time
    XL_TRY(const json::object task, ask(aws, "DescribeThingRegistrationTask", "GET", std::string(kTasks) + "/" + id));
    if (text_at(task, "inputFileBucket") != options_.bucket || text_at(task, "inputFileKey") != key_)
      return std::optional<Task>();
    return std::optional<Task>(task_of(id, task));
  }

  Result<Task> start() {
    std::error_code ignored;
    if (!fs::is_directory(options_.buckets, ignored)) {
      return fail(Error{Errc::not_found, options_.buckets.string() +
                                             " is no folder. Name the cloud's DIR/buckets with --buckets, and make it "
                                             "if this is the first lot."});
    }
    XL_CHECK(write_manifest(identities_, options_.buckets / registrar_.account_id() / options_.bucket / key_));
    events_.step("manifest    " + std::to_string(identities_.size()) + " modules in " + options_.bucket + "/" + key_);
    const json::object body{{"templateBody", registrar_.template_body()},
                            {"inputFileBucket", options_.bucket},
                            {"inputFileKey", key_},
                            {"roleArn", "arn:aws:iam::" + registrar_.account_id() + ":role/expresslink-provisioning"}};
    XL_TRY(const json::object answer,
           ask(registrar_.aws(), "StartThingRegistrationTask", "POST", std::string(kTasks), body));
    Task task{text_at(answer, "taskId"), "InProgress", {}, {}};
    XL_CHECK(write_file(memory(), key_ + " " + task.id + "\n"));
    events_.step("task        " + task.id + ": started");
    return task;
  }

  Result<Task> wait(Task task) const {
    for (;;) {
      XL_TRY(task, describe(registrar_.aws(), task.id));
      events_.progress(task.progress);
      if (task.has_ended()) return task;
      std::this_thread::sleep_for(kLookEvery);
    }
  }

  const Registrar& registrar_;
  const LotOptions& options_;
  const LotEvents& events_;
  std::vector<fs::path> identities_;
  std::string key_;
};

}  // namespace

Result<LotProgress> register_lot(const Registrar& registrar, const LotOptions& options, const LotEvents& events) {
  return Lot(registrar, options, events).run();
}

}  // namespace xl::factory
