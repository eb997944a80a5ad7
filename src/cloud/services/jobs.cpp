// SPDX-License-Identifier: Apache-2.0
#include "cloud/services/jobs.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "cloud/model/limits.hpp"

namespace xl::cloud::services {
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> kRequests{"$next/get", "get", "start-next"};
constexpr unsigned kNestingMax = 8;

Message rejected(const std::string& topic, std::string_view code, std::string_view text, std::int64_t seconds) {
  return {topic + "/rejected",
          json::serialize(json::object{{"code", code}, {"message", text}, {"timestamp", seconds}})};
}

}  // namespace

std::optional<Message> answer_jobs_request(std::string_view thing_name, const Message& request, UnixMillis now) {
  const std::string prefix = "$aws/things/" + std::string(thing_name) + "/jobs/";
  if (!request.topic.starts_with(prefix)) return std::nullopt;
  const std::string_view operation = std::string_view(request.topic).substr(prefix.size());
  if (std::find(kRequests.begin(), kRequests.end(), operation) == kRequests.end()) return std::nullopt;
  const std::int64_t seconds = to_millis(now) / 1000;
  json::parse_options options;
  options.max_depth = kNestingMax;
  boost::system::error_code error;
  const std::string_view text = request.payload.empty() ? "{}" : std::string_view(request.payload);
  const json::value payload = json::parse(text, error, {}, options);
  if (error || !payload.is_object())
    return rejected(request.topic, "InvalidJson", "The payload is not a JSON object.", seconds);
  json::object answer{{"timestamp", seconds}};
  if (const json::value* token = payload.get_object().if_contains("clientToken")) {
    if (!token->is_string() || token->get_string().size() > limits::kClientTokenBytesMax)
      return rejected(request.topic, "InvalidRequest", "clientToken must be a string of at most 64 bytes.", seconds);
    answer["clientToken"] = *token;
  }
  if (operation == "get") {
    answer["inProgressJobs"] = json::array();
    answer["queuedJobs"] = json::array();
  }
  return Message{request.topic + "/accepted", json::serialize(answer)};
}

bool takes_jobs(std::string_view topic, const std::optional<std::string>& thing_name) {
  return thing_name && topic.starts_with("$aws/things/" + *thing_name + "/jobs/");
}

Outcome answer_jobs(const Backend&, const Asker& asker, const Message& request, const Later&) {
  auto answer = answer_jobs_request(*asker.thing_name, request, wall_now());
  if (!answer) return {};
  return {Answer{*std::move(answer)}};
}

}  // namespace xl::cloud::services
