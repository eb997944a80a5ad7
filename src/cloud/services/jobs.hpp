// SPDX-License-Identifier: Apache-2.0
// The jobs topics of a thing, so far without jobs: every question is answered with "nothing pending".
// source: AWS IoT Developer Guide, "Jobs device MQTT API operations"
#pragma once
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "cloud/services/service.hpp"

namespace xl::cloud::services {

/// The answer to a request that `thing_name` publishes on one of its jobs topics; nullopt: not a jobs request of this
/// thing. Answers go to the requester alone, subscribed or not.
std::optional<Message> answer_jobs_request(std::string_view thing_name, const Message& request, UnixMillis now);

bool takes_jobs(std::string_view topic, const std::optional<std::string>& thing_name);
Outcome answer_jobs(const Backend& backend, const Asker& asker, const Message& request, const Later& later);
inline constexpr Service kJobs{&takes_jobs, &answer_jobs};

}  // namespace xl::cloud::services
