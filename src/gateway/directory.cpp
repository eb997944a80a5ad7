// SPDX-License-Identifier: Apache-2.0
#include "gateway/directory.hpp"

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

void Directory::claim(Process& process, Claim claim, EventSource who, std::size_t places_max) {
  const Key key{who.account_id, who.client_id};
  Occupant occupant{&process, claim, std::move(who)};
  std::optional<Occupant> outrun, holder;
  const EventSource newcomer = occupant.who;
  bool has_room = true;
  {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(key);
    if (place == places_.end()) {
      has_room = take_place(key, occupant, places_max);
    } else {
      holder = place->second.holder;
      outrun = std::exchange(place->second.next, std::move(occupant));
    }
  }
  if (!has_room) return process.turn_away(claim);
  if (!holder) return process.granted(claim, absent_.take(key));
  note_rivals(key, holder->who, newcomer);
  if (outrun) outrun->process->evict(outrun->claim);
  holder->process->evict(holder->claim);
}

void Directory::watch_rivals(RivalHandler handler) {
  const std::lock_guard lock(mutex_);
  on_rivals_ = std::move(handler);
}

/// A device whose address has changed does it once; two that share a key do it again and again.
void Directory::note_rivals(const Key& key, const EventSource& first, const EventSource& second) {
  constexpr int kTimes = 3;
  constexpr std::chrono::minutes kWithin{10};
  if (first.certificate_id != second.certificate_id || first.peer_address == second.peer_address) return;
  const auto now = std::chrono::steady_clock::now();
  Rivalry rivalry = rivalries_.take(key).value_or(Rivalry{now, 0});
  if (now - rivalry.since > kWithin) rivalry = {now, 0};
  const bool is_enough = ++rivalry.times == kTimes;
  if (is_enough) rivalry = {now, 0};
  rivalries_.keep(key, rivalry);
  const std::lock_guard lock(mutex_);
  if (is_enough && on_rivals_) on_rivals_(first, second);
}

void Directory::opened(const Process& process, Claim claim, const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(key);
  if (place == places_.end() || !place->second.holder.is(process, claim)) return;
  place->second.holder.is_open = true;
  place->second.holder.since = wall_now();
  tell(key, true);
}

void Directory::listens(const Process& process, Claim claim, const Key& key, bool does) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(key);
  if (place != places_.end() && place->second.holder.is(process, claim)) place->second.holder.is_listening = does;
}

void Directory::leave(const Process& process, Claim claim, const Key& key, std::optional<Subscriptions> to_remember) {
  std::optional<Occupant> next;
  {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(key);
    if (place == places_.end()) return;
    if (place->second.next && place->second.next->is(process, claim)) return place->second.next.reset();
    if (!place->second.holder.is(process, claim)) return;
    if (to_remember) absent_.keep(key, *std::move(to_remember));
    next = vacate(place);
  }
  grant(next, key);
}

/// A place that nobody holds. False: the account has as many as it may.
bool Directory::take_place(const Key& key, const Occupant& occupant, std::size_t places_max) {
  std::size_t& taken = taken_[key.first];
  if (places_max > 0 && taken >= places_max) return false;
  ++taken;
  places_.emplace(key, Place{occupant, std::nullopt});
  return true;
}

/// The holder is gone; who holds the place now.
std::optional<Directory::Occupant> Directory::vacate(Places::iterator place) {
  if (place->second.holder.is_open) tell(Key(place->first), false);
  const auto next = std::exchange(place->second.next, std::nullopt);
  if (next) {
    place->second.holder = *next;
    return next;
  }
  const auto taken = taken_.find(place->first.first);
  if (--taken->second == 0) taken_.erase(taken);
  places_.erase(place);
  return std::nullopt;
}

void Directory::grant(const std::optional<Occupant>& to, const Key& key) {
  if (to) to->process->granted(to->claim, absent_.take(key));
}

std::vector<EventSource> Directory::forget(const Process& process) {
  std::vector<EventSource> cut;
  std::vector<std::pair<std::optional<Occupant>, Key>> heirs;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = places_.begin(); it != places_.end();) {
      const auto place = it++;
      auto& [holder, next] = place->second;
      if (next && next->process == &process) next.reset();
      if (holder.process != &process) continue;
      if (holder.is_open) cut.push_back(holder.who);
      const Key key = place->first;
      heirs.emplace_back(vacate(place), key);
    }
  }
  for (const auto& [heir, key] : heirs) grant(heir, key);
  return cut;
}

bool Directory::is_connected(std::string_view account_id, std::string_view client_id) const {
  return !session_of(account_id, client_id).empty();
}

std::string Directory::session_of(std::string_view account_id, std::string_view client_id) const {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find({std::string(account_id), std::string(client_id)});
  const bool is_open = place != places_.end() && place->second.holder.is_open;
  return is_open ? place->second.holder.who.session_id : std::string();
}

std::string Directory::listening_session_of(std::string_view account_id, std::string_view client_id) const {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find({std::string(account_id), std::string(client_id)});
  const bool listens = place != places_.end() && place->second.holder.is_open && place->second.holder.is_listening;
  return listens ? place->second.holder.who.session_id : std::string();
}

std::optional<UnixMillis> Directory::connected_since(std::string_view account_id, std::string_view client_id) const {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find({std::string(account_id), std::string(client_id)});
  const bool is_open = place != places_.end() && place->second.holder.is_open;
  return is_open ? std::optional(place->second.holder.since) : std::nullopt;
}

std::unique_ptr<cloud::MessageBus::Subscription> Directory::watch(std::string_view account_id,
                                                                  std::string_view client_id, Handler handler) {
  Key key{std::string(account_id), std::string(client_id)};
  auto watcher = std::make_shared<Watcher>();
  watcher->handler = std::move(handler);
  const std::lock_guard lock(mutex_);
  watchers_.emplace(key, watcher);
  watcher->handler(is_connected(account_id, client_id));
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

void watch(Directory& directory, std::function<void(const Rivals&)> handler) {
  directory.watch_rivals([handler = std::move(handler)](const EventSource& first, const EventSource& second) {
    handler({first.account_id, first.client_id, first.certificate_id, first.peer_address, second.peer_address});
  });
}

}  // namespace xl::gateway
