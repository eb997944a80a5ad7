// SPDX-License-Identifier: Apache-2.0
// Bulk registration, with files in real folders.
#include <fstream>
#include <thread>

#include "api/bulk/line_reader.hpp"
#include "base/text.hpp"
#include "installation/buckets.hpp"
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

using namespace std::chrono_literals;

const std::string kBulkTemplate = R"({
  "Parameters": {"Name": {"Type": "String"}, "Id": {"Type": "String"}, "Color": {"Type": "String", "Default": "blue"}},
  "Resources": {
    "lamp": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Name"},
                                                       "AttributePayload": {"color": {"Ref": "Color"}}}},
    "key": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "Id"}}},
    "rights": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "lamps", "PolicyDocument":
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"*\"}]}"}}
  }
})";

class RegistrationTasks : public ApiTest {
 protected:
  std::string certificate() {
    return std::string(call("POST", "/keys-and-certificate").json().at("certificateId").as_string());
  }
  void put(const std::string& key, const std::string& text, const std::string& account = kVendor) const {
    const auto file = folder_ / "buckets" / account / "factory" / key;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  Answer start(const std::string& key, const std::string& body = kBulkTemplate) {
    return call("POST", "/thing-registration-tasks",
                json::object{
                    {"templateBody", body}, {"inputFileBucket", "factory"}, {"inputFileKey", key}, {"roleArn", kRole}});
  }
  json::object describe(const std::string& id) { return call("GET", "/thing-registration-tasks/" + id).json(); }
  /// Of a task that has ended.
  json::object outcome_of(const std::string& id) {
    for (int i = 0; i < 3000; ++i, std::this_thread::sleep_for(10ms)) {
      auto task = describe(id);
      const std::string status(task.at("status").as_string());
      if (status != "InProgress" && status != "Cancelling") return task;
    }
    ADD_FAILURE() << "the task does not end";
    return {};
  }
  json::object run(const std::string& key, const std::string& body = kBulkTemplate) {
    const Answer started = start(key, body);
    EXPECT_EQ(started.status, 200) << started.body;
    return outcome_of(std::string(started.json().at("taskId").as_string()));
  }
  std::vector<std::string> links(const json::object& task, const std::string& type, const std::string& query = "") {
    const auto listed = call("GET", "/thing-registration-tasks/" + std::string(task.at("taskId").as_string()) +
                                        "/reports?reportType=" + type + query);
    EXPECT_EQ(listed.status, 200) << listed.body;
    std::vector<std::string> out;
    const auto answer = listed.json();
    for (const auto& link : answer.at("resourceLinks").as_array()) out.emplace_back(link.as_string());
    return out;
  }
  Answer fetch(const std::string& link) {
    EXPECT_TRUE(link.starts_with(url_ + "/")) << link;
    net::HttpRequest request;
    request.method = "GET";
    request.target = link.substr(url_.size());
    return send(std::move(request));
  }
  std::vector<json::object> report(const json::object& task, const std::string& type) {
    std::vector<json::object> lines;
    for (const std::string& link : links(task, type, "&maxResults=250")) {
      const std::string body = fetch(link).body;
      for (const auto line : split(body, '\n')) {
        if (!line.empty()) lines.push_back(json::parse(line).as_object());
      }
    }
    return lines;
  }
};

std::string line(const std::string& name, const std::string& id) {
  return json::serialize(json::object{{"Name", name}, {"Id", id}}) + "\n";
}

TEST_F(RegistrationTasks, EveryLineIsADeviceAndABadOneFailsAlone) {
  const std::string id = certificate();
  const std::string unknown = std::string(64, 'e');
  put("lots/1.json", line("lamp-1", id) + "\r\n" + line("lamp-2", unknown) + "{\"Name\": 7}\n" + "nonsense\n" +
                         line("lamp 3", id) + "\n" + json::serialize(json::object{{"Name", "lamp-4"}, {"Id", id}}));
  const auto task = run("lots/1.json");
  EXPECT_EQ(task.at("status"), "Completed");
  EXPECT_EQ(task.at("successCount"), 2);
  EXPECT_EQ(task.at("failureCount"), 4);
  EXPECT_EQ(task.at("percentageProgress"), 100);
  EXPECT_EQ(task.at("inputFileKey"), "lots/1.json");
  EXPECT_EQ(call("GET", "/things/lamp-1").json().at("attributes").as_object().at("color"), "blue");
  EXPECT_EQ(call("GET", "/things/lamp-2").status, 404) << "half a device";
  EXPECT_EQ(call("GET", "/things/lamp-4").status, 200) << "the last line has no newline";
  EXPECT_EQ(call("GET", "/certificates/" + id).json().at("certificateDescription").as_object().at("status"), "ACTIVE");

  const auto results = report(task, "RESULTS");
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].at("lineNumber"), 1);
  EXPECT_EQ(results[1].at("lineNumber"), 8);
  const auto& response = results[0].at("response").as_object();
  EXPECT_EQ(response.at("ResourceArns").as_object().at("lamp"),
            ("arn:aws:iot:us-east-1:" + kVendor + ":thing/lamp-1").c_str());
  EXPECT_TRUE(response.at("certificatePem").as_string().starts_with("-----BEGIN CERTIFICATE"));

  const auto errors = report(task, "ERRORS");
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(errors[0].at("lineNumber"), 3);
  EXPECT_EQ(errors[0].at("errorCode"), "ResourceRegistrationFailureException");
  EXPECT_EQ(errors[0].at("errorMessage"), ("The certificate " + unknown + " does not exist in this account.").c_str());
  EXPECT_EQ(errors[0].at("request").as_object().at("Name"), "lamp-2");
  EXPECT_EQ(errors[0].at("offset"), static_cast<std::int64_t>(line("lamp-1", id).size() + 2));
  EXPECT_EQ(errors[1].at("errorCode"), "InvalidRequestException");
  EXPECT_EQ(errors[2].at("errorCode"), "SerializationException");
}

TEST_F(RegistrationTasks, TheSameFileAgainSucceedsAsOverrideSettingsDecide) {
  const std::string id = certificate();
  put("a.json", line("lamp", id));
  EXPECT_EQ(run("a.json").at("successCount"), 1);
  EXPECT_EQ(run("a.json").at("successCount"), 1);
  EXPECT_EQ(call("GET", "/things/lamp").json().at("version"), 1) << "nothing of it has changed";
  std::string strict = kBulkTemplate;
  const std::string type = "\"AWS::IoT::Thing\",";
  strict.insert(strict.find(type) + type.size(), " \"OverrideSettings\": {\"AttributePayload\": \"FAIL\"},");
  EXPECT_EQ(run("a.json", strict).at("failureCount"), 1);
}

TEST_F(RegistrationTasks, ManyLinesAreReportedInSeveralPiecesEachOnce) {
  const std::string id = certificate();
  std::string text;
  for (int i = 1; i <= 450; ++i) text += line(i % 3 == 0 ? "lamp !" : "lamp-" + std::to_string(i), id);
  put("many.json", text);
  const auto task = run("many.json");
  EXPECT_EQ(task.at("successCount"), 300);
  EXPECT_EQ(task.at("failureCount"), 150);
  std::set<std::int64_t> numbers;
  for (const char* type : {"RESULTS", "ERRORS"}) {
    for (const auto& entry : report(task, type)) EXPECT_TRUE(numbers.insert(entry.at("lineNumber").as_int64()).second);
  }
  EXPECT_EQ(numbers.size(), 450u);
  const auto page = call("GET", "/thing-registration-tasks/" + std::string(task.at("taskId").as_string()) +
                                    "/reports?reportType=ERRORS&maxResults=2")
                        .json();
  EXPECT_EQ(page.at("resourceLinks").as_array().size(), 2u);
  EXPECT_EQ(page.at("reportType"), "ERRORS");
  EXPECT_EQ(links(task, "ERRORS", "&nextToken=" + std::string(page.at("nextToken").as_string())).size(), 3u);
}

TEST_F(RegistrationTasks, ALinkIsGoodForWhatItNamesAndNothingElse) {
  put("a.json", line("lamp", certificate()));
  const auto task = run("a.json");
  const std::string link = links(task, "RESULTS").at(0);
  EXPECT_EQ(fetch(link).status, 200);
  std::string other = link;
  other.replace(other.find("RESULTS"), 7, "ERRORS");
  EXPECT_EQ(fetch(other).exception(), "AccessDeniedException");
  std::string later = link;
  later.replace(later.find("expires=") + 8, 1, "9");
  EXPECT_EQ(fetch(later).exception(), "AccessDeniedException");
  EXPECT_EQ(fetch(link.substr(0, link.find('?'))).exception(), "AccessDeniedException");
  EXPECT_TRUE(links(task, "ERRORS").empty());
}

TEST_F(RegistrationTasks, WhatCannotBeStartedSaysWhy) {
  put("a.json", line("lamp", certificate()));
  const Answer missing = start("b.json");
  EXPECT_EQ(missing.exception(), "InvalidRequestException");
  EXPECT_NE(missing.message().find("buckets/" + kVendor + "/factory/b.json"), std::string::npos) << missing.message();
  EXPECT_EQ(start("../factory/a.json").exception(), "InvalidRequestException");
  EXPECT_EQ(start("a.json", "{}").exception(), "InvalidRequestException");
  put("theirs.json", line("lamp", "x"), kOther);
  EXPECT_EQ(start("theirs.json").exception(), "InvalidRequestException") << "another account's file";
  EXPECT_EQ(call("POST", "/thing-registration-tasks", json::object{}).exception(), "InvalidRequestException");
  EXPECT_TRUE(call("GET", "/thing-registration-tasks").json().at("taskIds").as_array().empty());
  EXPECT_EQ(call("GET", "/thing-registration-tasks/absent").status, 404);
  EXPECT_EQ(call("PUT", "/thing-registration-tasks/absent/cancel").status, 404);
  EXPECT_EQ(call("GET", "/thing-registration-tasks/absent/reports?reportType=ERRORS").exception(),
            "InvalidRequestException");
  EXPECT_EQ(call("GET", "/thing-registration-tasks/absent/reports?reportType=ALL").status, 400);
}

/// A task that some earlier process left behind, as far as `task` says.
class LeftTask : public RegistrationTasks {
 protected:
  std::string leave(const std::string& key, cloud::TaskStatus status, std::int64_t lines, std::int64_t position) {
    const auto file = installation::buckets_in(folder_)->open(kVendor, "factory", key);
    EXPECT_TRUE(file);
    cloud::RegistrationTask task{.account_id = kVendor,
                                 .id = "left",
                                 .template_body = kBulkTemplate,
                                 .bucket = "factory",
                                 .key = key,
                                 .role_arn = kRole,
                                 .status = status,
                                 .message = "",
                                 .succeeded = lines,
                                 .lines = lines,
                                 .position = position,
                                 .file_bytes = (*file)->size(),
                                 .file_version = (*file)->version()};
    write([&](cloud::Registry& registry) { return registry.registration_tasks().insert(task); });
    return task.id;
  }
};

TEST_F(LeftTask, GoesOnBehindTheLastLineThatWasDone) {
  const std::string id = certificate();
  const std::string first = line("lamp-1", id);
  put("a.json", first + line("lamp-2", id));
  leave("a.json", cloud::TaskStatus::in_progress, 1, static_cast<std::int64_t>(first.size()));
  restart();
  const auto task = outcome_of("left");
  EXPECT_EQ(task.at("successCount"), 2);
  EXPECT_EQ(call("GET", "/things/lamp-1").status, 404) << "it was done before";
  EXPECT_EQ(call("GET", "/things/lamp-2").status, 200);
  EXPECT_EQ(report(task, "RESULTS").at(0).at("lineNumber"), 2);
}

TEST_F(LeftTask, FailsWhenItsFileIsNotWhatItWas) {
  put("a.json", line("lamp-1", certificate()));
  leave("a.json", cloud::TaskStatus::in_progress, 0, 0);
  put("a.json", line("lamp-99", certificate()));
  restart();
  const auto task = outcome_of("left");
  EXPECT_EQ(task.at("status"), "Failed");
  EXPECT_NE(task.at("message").as_string().find("changed"), json::string::npos);
  EXPECT_EQ(call("PUT", "/thing-registration-tasks/left/cancel").exception(), "InvalidRequestException");
}

TEST_F(LeftTask, IsTheOnlyOneAndStopsWhenAsked) {
  put("a.json", line("lamp-1", certificate()));
  leave("a.json", cloud::TaskStatus::in_progress, 0, 0);
  const Answer second = start("a.json");
  EXPECT_EQ(second.exception(), "InvalidRequestException");
  EXPECT_NE(second.message().find("left"), std::string::npos) << second.message();
  EXPECT_EQ(call("PUT", "/thing-registration-tasks/left/cancel").status, 200);
  EXPECT_EQ(describe("left").at("status"), "Cancelling");
  EXPECT_EQ(start("a.json").exception(), "InvalidRequestException") << "it has not ended";
  const auto stopping = call("GET", "/thing-registration-tasks?status=Cancelling").json().at("taskIds").as_array();
  EXPECT_EQ(stopping, json::array{"left"});
  restart();
  EXPECT_EQ(outcome_of("left").at("status"), "Cancelled");
  EXPECT_EQ(call("GET", "/things/lamp-1").status, 404);
  EXPECT_EQ(call("PUT", "/thing-registration-tasks/left/cancel").status, 200) << "stopped is stopped";
}

/// Bytes in memory as an input file.
class Memory final : public cloud::InputFile {
 public:
  explicit Memory(std::string text) : text_(std::move(text)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(text_.size()); }
  const std::string& version() const override { return text_; }
  Result<std::size_t> read(std::int64_t position, ByteSpan into) const override {
    return text_.copy(reinterpret_cast<char*>(into.data()), into.size(), static_cast<std::size_t>(position));
  }

 private:
  std::string text_;
};

TEST(LineReader, GivesLinesOfEveryLengthWithTheirPlaces) {
  const std::string longest(bulk::kLineBytesMax, 'a');
  bulk::LineReader reader(std::make_unique<Memory>("x\n\n" + longest + "\n" + longest + "b\nlast"), 0, 0);
  const auto next = [&] { return **reader.next(); };
  EXPECT_EQ(next().text, "x");
  EXPECT_EQ(next().text, "");
  const auto fits = next();
  EXPECT_EQ(fits.text, longest);
  EXPECT_EQ(fits.offset, 3);
  EXPECT_FALSE(fits.is_too_long);
  EXPECT_TRUE(next().is_too_long);
  const std::int64_t lines = reader.lines();
  const std::int64_t position = reader.position();
  EXPECT_EQ(next().text, "last");
  EXPECT_FALSE(*reader.next());
  bulk::LineReader resumed(std::make_unique<Memory>("x\n\n" + longest + "\n" + longest + "b\nlast"), lines, position);
  const auto again = **resumed.next();
  EXPECT_EQ(again.text, "last");
  EXPECT_EQ(again.number, 5);
}

}  // namespace
}  // namespace xl::api::test
