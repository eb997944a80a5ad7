// SPDX-License-Identifier: Apache-2.0
#include "console/feeds.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "console/utf8.hpp"

namespace xl::console {
namespace json = boost::json;

std::string message_json(const cloud::Message& message, UnixMillis at) {
  json::object out{{"topic", message.topic}};
  if (is_utf8(message.payload)) {
    out["payload"] = message.payload;
  } else {
    out["payload_base64"] = base64_encode(as_bytes(message.payload));
  }
  out["timestamp"] = to_millis(at);
  return json::serialize(out);
}

Feeds::Feeds(cloud::RegistryStore& registry, cloud::MessageBus& bus, cloud::Presence& presence,
             std::chrono::milliseconds look_every)
    : registry_(registry), bus_(bus), presence_(presence), look_every_(look_every), warden_([this] {
        keep_looking();
      }) {}

Feeds::~Feeds() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  warden_.join();
  for (const auto& [number, feed] : feeds_) feed->stream->close();
}

Status Feeds::check_room(const std::string& thing_name) const {
  const std::scoped_lock lock(mutex_);
  const auto of_thing = [&](const auto& entry) { return entry.second->viewer.thing_name == thing_name; };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(feeds_, of_thing));
  if (count >= kPerThingMax) return fail(Error::conflict("This module is watched by too many pages already."));
  if (feeds_.size() >= kMax) return fail(Error::conflict("Too many pages are open on this server."));
  return {};
}

std::size_t Feeds::size() const {
  const std::scoped_lock lock(mutex_);
  return feeds_.size();
}

void Feeds::open(Viewer viewer, std::shared_ptr<net::EventStream> stream) {
  auto feed = connect(std::move(viewer), stream);
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    number = next_number_++;
    feeds_.emplace(number, std::move(feed));
  }
  stream->on_close([weak = weak_from_this(), number] {
    if (const auto self = weak.lock()) self->forget(number);
  });
}

/// The handlers run on other threads and hold the stream alone: ending a subscription waits for them.
std::shared_ptr<Feeds::Feed> Feeds::connect(Viewer viewer, std::shared_ptr<net::EventStream> stream) {
  auto feed = std::make_shared<Feed>();
  feed->stream = stream;
  feed->subscriptions.push_back(presence_.watch(viewer.account_id, viewer.thing_name, [stream](bool connected) {
    stream->send("presence", connected ? R"({"connected":true})" : R"({"connected":false})");
  }));
  for (const auto& [filter, event] : viewer.topics) {
    const auto relay = [stream, name = event](const cloud::Message& message) {
      stream->send(name, message_json(message, wall_now()));
    };
    feed->subscriptions.push_back(bus_.subscribe(viewer.account_id, filter, relay));
  }
  feed->viewer = std::move(viewer);
  return feed;
}

void Feeds::forget(std::uint64_t number) {
  std::shared_ptr<Feed> gone;  // ends its subscriptions outside the lock
  const std::scoped_lock lock(mutex_);
  const auto found = feeds_.find(number);
  if (found == feeds_.end()) return;
  gone = std::move(found->second);
  feeds_.erase(found);
}

void Feeds::keep_looking() {
  std::unique_ptr<const cloud::Registry> view;
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, look_every_, [this] { return stopping_; })) {
    if (feeds_.empty()) continue;
    lock.unlock();
    if (!view) {
      auto opened = registry_.open_view();
      if (opened) view = *std::move(opened);
    }
    if (view) look(*view);
    lock.lock();
  }
}

void Feeds::look(const cloud::Registry& registry) {
  std::vector<std::shared_ptr<Feed>> open;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [number, feed] : feeds_) open.push_back(feed);
  }
  for (const auto& feed : open) {
    if (feed->viewer.look(registry, *feed->stream)) continue;
    log::info("console", "live stream closed: who reads it may look no longer", {{"thing", feed->viewer.thing_name}});
    feed->stream->close();
  }
}

Viewer viewer_of(const Session& session) {
  const std::string& thing = session.thing_name;
  return {session.account_id,
          thing,
          {{thing + "/data", "message"}, {thing + "/state", "state"}},
          [session](const cloud::Registry& registry, net::EventStream&) {
            const auto grant = registry.viewer_grants().find(session.account_id, session.thing_name);
            return grant ? session.is_backed_by(*grant, wall_now()) : grant.error().code != Errc::not_found;
          }};
}

}  // namespace xl::console
