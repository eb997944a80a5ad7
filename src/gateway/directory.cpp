// SPDX-License-Identifier: Apache-2.0
#include "gateway/directory.hpp"

#include <vector>

namespace xl::gateway {

struct Directory::Watcher {
  Handler handler;
};

class Directory::Watch final : public cloud::MessageBus::Subscription {
 public:
  Watch(Directory& directory, Key key, std::shared_ptr<Watcher> watcher)
      : directory_(directory), key_(std::move(key)), watcher_(std::move(watcher)) {}
  ~Watch() override {
    const std::lock_guard lock(directory_.mutex_);
    watcher_->handler = nullptr;
    const auto [begin, end] = directory_.watchers_.equal_range(key_);
    for (auto it = begin; it != end; ++it) {
      if (it->second == watcher_) {
        directory_.watchers_.erase(it);
        return;
      }
    }
  }

 private:
  Directory& directory_;
  Key key_;
  std::shared_ptr<Watcher> watcher_;
};

std::shared_ptr<Session> Directory::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  return found != sessions_.end() ? found->second : nullptr;
}

std::shared_ptr<Session> Directory::enter(const Key& key, std::shared_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Session>& place = sessions_[key];
  std::shared_ptr<Session> previous = std::exchange(place, std::move(session));
  if (!previous) tell(key, true);
  return previous;
}

void Directory::leave(const Key& key, const Session* session) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || found->second.get() != session) return;
  sessions_.erase(found);
  tell(key, false);
}

bool Directory::is_connected(std::string_view account_id, std::string_view client_id) const {
  const std::lock_guard lock(mutex_);
  return sessions_.contains({std::string(account_id), std::string(client_id)});
}

std::unique_ptr<cloud::MessageBus::Subscription> Directory::watch(std::string_view account_id,
                                                                  std::string_view client_id, Handler handler) {
  Key key{std::string(account_id), std::string(client_id)};
  auto watcher = std::make_shared<Watcher>();
  watcher->handler = std::move(handler);
  const std::lock_guard lock(mutex_);
  watchers_.emplace(key, watcher);
  watcher->handler(sessions_.contains(key));
  return std::make_unique<Watch>(*this, std::move(key), std::move(watcher));
}

void Directory::tell(const Key& key, bool connected) {
  std::vector<std::shared_ptr<Watcher>> told;
  const auto [begin, end] = watchers_.equal_range(key);
  for (auto it = begin; it != end; ++it) told.push_back(it->second);
  for (const auto& watcher : told) {
    if (watcher->handler) watcher->handler(connected);
  }
}

}  // namespace xl::gateway
