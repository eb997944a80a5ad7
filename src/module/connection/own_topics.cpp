// SPDX-License-Identifier: Apache-2.0
#include "module/connection/own_topics.hpp"

namespace xl::module::connection {

OwnTopics::OwnTopics(std::string_view thing_name) {
  endpoint_update_.add(thing_name).add("/expresslink_config");
  for (Text* topic : {&jobs_notify_next_, &jobs_get_next_, &jobs_get_next_accepted_, &jobs_get_next_rejected_}) {
    topic->add("$aws/things/").add(thing_name).add("/jobs/");
  }
  jobs_notify_next_.add("notify-next");
  jobs_get_next_.add("$next/get");
  jobs_get_next_accepted_.add("$next/get/accepted");
  jobs_get_next_rejected_.add("$next/get/rejected");
}

bool OwnTopics::is_about_jobs(std::string_view topic) const {
  return topic == jobs_notify_next() || answers_get_next(topic);
}

bool OwnTopics::answers_get_next(std::string_view topic) const {
  return topic == jobs_get_next_accepted() || topic == jobs_get_next_rejected();
}

}  // namespace xl::module::connection
