// SPDX-License-Identifier: Apache-2.0
// The open live streams: what a module sends, what it is sent, whether it is connected.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "console/sessions.hpp"
#include "net/http.hpp"

namespace xl::console {

/// Somebody who may look at a thing for as long as `look` allows it.
struct Viewer {
  std::string account_id;
  std::string thing_name;
  std::vector<std::pair<std::string, std::string>> topics;  ///< a filter, and the event that its messages become
  /// Called now and then, on one thread at a time; may send events. False: the stream ends.
  std::function<bool(const cloud::Registry&, net::EventStream&)> look;
};
/// Quick Connect's: what the module sends and is sent, while its grant is in force.
Viewer viewer_of(const Session& session);

/// Streams end by themselves when the client goes, and within seconds when they may no longer look: a module that has a
/// new owner must not go on showing its data to the old page. Thread-safe.
class Feeds : public std::enable_shared_from_this<Feeds> {
 public:
  static constexpr std::size_t kMax = 512;
  static constexpr std::size_t kPerThingMax = 8;
  static constexpr std::chrono::seconds kLookEvery{5};

  Feeds(cloud::RegistryStore& registry, cloud::MessageBus& bus, cloud::Presence& presence,
        std::chrono::milliseconds look_every = kLookEvery);
  ~Feeds();
  Feeds(const Feeds&) = delete;
  Feeds& operator=(const Feeds&) = delete;

  /// errors: conflict (too many streams of this thing, or in all)
  Status check_room(const std::string& thing_name) const;
  void open(Viewer viewer, std::shared_ptr<net::EventStream> stream);
  std::size_t size() const;

 private:
  struct Feed {
    Viewer viewer;
    std::shared_ptr<net::EventStream> stream;
    std::vector<std::unique_ptr<cloud::MessageBus::Subscription>> subscriptions;
  };

  std::shared_ptr<Feed> connect(Viewer viewer, std::shared_ptr<net::EventStream> stream);
  void forget(std::uint64_t number);
  void keep_looking();
  void look(const cloud::Registry& registry);

  cloud::RegistryStore& registry_;
  cloud::MessageBus& bus_;
  cloud::Presence& presence_;
  const std::chrono::milliseconds look_every_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::uint64_t next_number_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Feed>> feeds_;
  std::thread warden_;
};

/// {"topic","payload" or "payload_base64","timestamp"}
std::string message_json(const cloud::Message& message, UnixMillis at);

}  // namespace xl::console
