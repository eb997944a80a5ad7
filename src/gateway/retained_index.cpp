// SPDX-License-Identifier: Apache-2.0
#include "gateway/retained_index.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace xl::gateway {

std::optional<bool> RetainedIndex::is_there_by_news(const Topic& topic) const {
  if (const auto found = news_.find(topic); found != news_.end()) return found->second.has_value();
  if (writing_ == nullptr) return std::nullopt;
  const auto found = writing_->find(topic);
  return found != writing_->end() ? std::optional(found->second.has_value()) : std::nullopt;
}

/// By how many topics the registry's number is behind. Of what comes within some milliseconds.
std::int64_t RetainedIndex::unwritten(const std::string& account_id) const {
  News all = news_;
  if (writing_ != nullptr) all.insert(writing_->begin(), writing_->end());
  std::int64_t out = 0;
  for (auto it = all.lower_bound({account_id, ""}); it != all.end() && it->first.first == account_id; ++it) {
    const bool is_counted = view_.retained_topics().find(account_id, it->first.second).has_value();
    out += static_cast<int>(it->second.has_value()) - static_cast<int>(is_counted);
  }
  return out;
}

/// As it will be when everything is written.
Result<std::int64_t> RetainedIndex::count(const std::string& account_id) const {
  XL_TRY(auto counted, view_.retained_topics().count(account_id));
  for (;;) {
    const std::int64_t more = unwritten(account_id);
    XL_TRY(const auto counted_now, view_.retained_topics().count(account_id));
    if (counted_now == counted) return static_cast<std::int64_t>(counted) + more;
    counted = counted_now;  // something was committed while we looked
  }
}

bool RetainedIndex::has_room_for(const std::string& account_id, const std::string& topic, std::size_t most) {
  if (most == 0) return true;
  const auto by_news = is_there_by_news({account_id, topic});
  if (by_news ? *by_news : view_.retained_topics().find(account_id, topic).has_value()) return true;
  const auto number = count(account_id);
  // A registry that cannot be read is not the device's fault.
  if (!number || *number < static_cast<std::int64_t>(most)) return true;
  if (const std::size_t times = not_kept_.add(); times > 0) {
    log::warn("gateway", "messages are delivered, but not retained: their account has as many as it may",
              {{"count", std::to_string(times)},
               {"account", account_id},
               {"latest_topic", topic},
               {"account-retained-messages", std::to_string(most)}});
  }
  return false;
}

void RetainedIndex::note(const std::string& account_id, const std::string& topic, bool is_there) {
  news_[{account_id, topic}] = is_there ? std::optional(wall_now()) : std::nullopt;
  if (!is_writing()) write();
}

void RetainedIndex::write() {
  writing_ = std::make_shared<const News>(std::exchange(news_, {}));
  store_.submit(
      [news = writing_](cloud::Registry& registry) -> Status {
        for (const auto& [topic, since] : *news) {
          auto& topics = registry.retained_topics();
          XL_CHECK(since ? topics.note({topic.first, topic.second, *since}) : topics.forget(topic.first, topic.second));
        }
        return {};
      },
      [self = shared_from_this()](const Status& status) {
        boost::asio::post(self->reactor_, [self, status] { self->written(status); });
      },
      cloud::RegistryStore::Urgency::soon);
}

void RetainedIndex::written(const Status& status) {
  const auto news = std::exchange(writing_, nullptr);
  if (!status) {
    log::error("gateway", "the topics of retained messages could not be noted", {{"reason", status.error().detail}});
    news_.insert(news->begin(), news->end());  // with the next that come
  } else if (!news_.empty()) {
    write();
  }
}

}  // namespace xl::gateway
