// SPDX-License-Identifier: Apache-2.0
#include "gateway/retained_index.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace xl::gateway {

void RetainedIndex::note(const std::string& account_id, const std::string& topic, bool is_there) {
  news_[{account_id, topic}] = is_there ? std::optional(wall_now()) : std::nullopt;
  if (!is_writing_) write();
}

void RetainedIndex::write() {
  is_writing_ = true;
  const auto news = std::make_shared<const News>(std::exchange(news_, {}));
  store_.submit(
      [news](cloud::Registry& registry) -> Status {
        for (const auto& [topic, since] : *news) {
          auto& topics = registry.retained_topics();
          XL_CHECK(since ? topics.note({topic.first, topic.second, *since}) : topics.forget(topic.first, topic.second));
        }
        return {};
      },
      [self = shared_from_this(), news](const Status& status) {
        boost::asio::post(self->reactor_, [self, news, status] { self->written(status, *news); });
      },
      cloud::RegistryStore::Urgency::soon);
}

void RetainedIndex::written(const Status& status, const News& news) {
  is_writing_ = false;
  if (!status) {
    log::error("gateway", "the topics of retained messages could not be noted", {{"reason", status.error().detail}});
    news_.insert(news.begin(), news.end());  // with the next that come
  } else if (!news_.empty()) {
    write();
  }
}

}  // namespace xl::gateway
