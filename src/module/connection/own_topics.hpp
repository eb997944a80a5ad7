// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "at/text_builder.hpp"

namespace xl::module::connection {

/// The topics that the module itself uses; a host never sees what arrives on the jobs ones.
/// source: guide 11.3.2 (staging), AWS IoT reserved topics (onboarded)
class OwnTopics {
 public:
  explicit OwnTopics(std::string_view thing_name);

  std::string_view endpoint_update() const { return endpoint_update_.view(); }
  std::string_view jobs_notify_next() const { return jobs_notify_next_.view(); }
  std::string_view jobs_get_next() const { return jobs_get_next_.view(); }
  std::string_view jobs_get_next_accepted() const { return jobs_get_next_accepted_.view(); }
  std::string_view jobs_get_next_rejected() const { return jobs_get_next_rejected_.view(); }
  bool is_about_jobs(std::string_view topic) const;
  bool answers_get_next(std::string_view topic) const;

 private:
  using Text = at::TextBuilder<160>;
  Text endpoint_update_, jobs_notify_next_, jobs_get_next_, jobs_get_next_accepted_, jobs_get_next_rejected_;
};

}  // namespace xl::module::connection
