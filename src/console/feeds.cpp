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
             std::chrono::milliseconds grant_check)
    : registry_(registry), bus_(bus), presence_(presence), grant_check_(grant_check), warden_([this] {
        watch_grants();
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
  const auto of_thing = [&](const auto& entry) { return entry.second->session.thing_name == thing_name; };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(feeds_, of_thing));
  if (count >= kPerThingMax) return fail(Error::conflict("This module is watched by too many pages already."));
  if (feeds_.size() >= kMax) return fail(Error::conflict("Too many pages are open on this server."));
  return {};
}

std::size_t Feeds::size() const {
  const std::scoped_lock lock(mutex_);
  return feeds_.size();
}

void Feeds::open(const Session& session, std::shared_ptr<net::EventStream> stream) {
  auto feed = connect(session, stream);
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
std::shared_ptr<Feeds::Feed> Feeds::connect(const Session& session, std::shared_ptr<net::EventStream> stream) {
  auto feed = std::make_shared<Feed>();
  feed->session = session;
  feed->stream = stream;
  const auto relay = [stream](std::string event) {
    return [stream, event = std::move(event)](const cloud::Message& message) {
      stream->send(event, message_json(message, wall_now()));
    };
  };
  feed->presence = presence_.watch(session.account_id, session.thing_name, [stream](bool connected) {
    stream->send("presence", connected ? R"({"connected":true})" : R"({"connected":false})");
  });
  feed->data = bus_.subscribe(session.account_id, session.thing_name + "/data", relay("message"));
  feed->state = bus_.subscribe(session.account_id, session.thing_name + "/state", relay("state"));
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

void Feeds::watch_grants() {
  std::unique_ptr<const cloud::Registry> view;
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, grant_check_, [this] { return stopping_; })) {
    if (feeds_.empty()) continue;
    lock.unlock();
    if (!view) {
      auto opened = registry_.open_view();
      if (opened) view = *std::move(opened);
    }
    if (view) close_ungranted(*view);
    lock.lock();
  }
}

void Feeds::close_ungranted(const cloud::Registry& registry) {
  std::vector<std::shared_ptr<Feed>> open;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [number, feed] : feeds_) open.push_back(feed);
  }
  for (const auto& feed : open) {
    const Session& session = feed->session;
    const auto grant = registry.viewer_grants().find(session.account_id, session.thing_name);
    const bool ended = grant ? !session.is_backed_by(*grant, wall_now()) : grant.error().code == Errc::not_found;
    if (!ended) continue;
    log::info("console", "live stream closed: its grant has ended", {{"thing", session.thing_name}});
    feed->stream->close();
  }
}

}  // namespace xl::console
