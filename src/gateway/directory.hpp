// SPDX-License-Identifier: Apache-2.0
// Who is connected: one session per client id and account. The newest wins.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cloud/ports/message_bus.hpp"

namespace xl::gateway {

class Session;

class Directory final : public cloud::Presence {
 public:
  using Key = std::pair<std::string, std::string>;  ///< account, client id

  // The reactor's thread only:
  std::shared_ptr<Session> find(const Key& key) const;  ///< null: nobody
  /// Registers the session; the one it takes over from, or null.
  std::shared_ptr<Session> enter(const Key& key, std::shared_ptr<Session> session);
  /// Does nothing when another session has taken over meanwhile.
  void leave(const Key& key, const Session* session);

  // Any thread:
  bool is_connected(std::string_view account_id, std::string_view client_id) const override;
  std::unique_ptr<cloud::MessageBus::Subscription> watch(std::string_view account_id, std::string_view client_id,
                                                         Handler handler) override;

 private:
  struct Watcher;
  class Watch;
  void tell(const Key& key, bool connected);

  mutable std::recursive_mutex mutex_;  // a watcher may ask is_connected() or end itself while it is told
  std::map<Key, std::shared_ptr<Session>> sessions_;
  std::multimap<Key, std::shared_ptr<Watcher>> watchers_;
};

}  // namespace xl::gateway
