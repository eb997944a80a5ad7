// SPDX-License-Identifier: Apache-2.0
// Who is connected: one session per client id and account, over all gateway processes. The newest wins.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/ports/message_bus.hpp"
#include "gateway/events.hpp"
#include "gateway/gateway.hpp"
#include "gateway/memory.hpp"
#include "gateway/subscriptions.hpp"

namespace xl::gateway {

class Directory final : public cloud::Presence {
 public:
  using Key = std::pair<std::string, std::string>;  ///< account, client id
  using Claim = std::uint64_t;                      ///< a session's number within its gateway process

  /// Where sessions live. Both calls may come from within a call to the directory.
  class Process {
   public:
    virtual ~Process() = default;
    /// The client id is this session's now. `remembered`: what the client had subscribed when it left for a while.
    virtual void granted(Claim claim, std::optional<Subscriptions> remembered) = 0;
    /// Another session wants the client id: end this one, then leave(). It may have left already.
    virtual void evict(Claim claim) = 0;
    /// Its account has no place left; the client id is not this session's.
    virtual void turn_away(Claim claim) = 0;
  };

  // One thread:
  /// The answer is granted(), once whoever has the client id has left: the engine must not see the id twice, because
  /// what it closes by itself does not say why. Or evict(), when a newer session comes before that. Or turn_away(),
  /// when `places_max` clients of the account (0: any number) have places already; one that takes its own over needs no
  /// other.
  void claim(Process& process, Claim claim, EventSource who, std::size_t places_max = 0);
  /// The session serves its device now.
  void opened(const Process& process, Claim claim, const Key& key);
  /// Whether it listens for its module's configuration; at first it does not.
  void listens(const Process& process, Claim claim, const Key& key, bool does);
  /// `to_remember`: what a client that will come back has subscribed; the engine keeps its messages meanwhile.
  void leave(const Process& process, Claim claim, const Key& key, std::optional<Subscriptions> to_remember);
  /// The process has died; who was connected through it.
  std::vector<EventSource> forget(const Process& process);

  /// Told as Gateway::watch_rivals() says.
  using RivalHandler = std::function<void(const EventSource& first, const EventSource& second)>;
  void watch_rivals(RivalHandler handler);

  // Any thread:
  bool is_connected(std::string_view account_id, std::string_view client_id) const override;
  std::string session_of(std::string_view account_id, std::string_view client_id) const override;
  std::string listening_session_of(std::string_view account_id, std::string_view client_id) const override;
  std::optional<UnixMillis> connected_since(std::string_view account_id, std::string_view client_id) const override;
  std::unique_ptr<cloud::MessageBus::Subscription> watch(std::string_view account_id, std::string_view client_id,
                                                         Handler handler) override;

 private:
  struct Watcher;
  class Watch;
  struct Occupant {
    Process* process;
    Claim claim;
    EventSource who;
    bool is_open = false, is_listening = false;
    UnixMillis since{};  ///< it is open
    bool is(const Process& other, Claim number) const { return process == &other && claim == number; }
  };
  struct Place {
    Occupant holder;
    std::optional<Occupant> next;  ///< has a claim, and waits until the holder has left
  };
  using Places = std::map<Key, Place>;

  bool take_place(const Key& key, const Occupant& occupant, std::size_t places_max);
  std::optional<Occupant> vacate(Places::iterator place);
  void grant(const std::optional<Occupant>& to, const Key& key);
  void tell(const Key& key, bool connected);

  mutable std::recursive_mutex mutex_;  // a watcher may ask is_connected() or end itself while it is told
  Places places_;
  std::map<std::string, std::size_t> taken_;  ///< places of each account that has any
  std::multimap<Key, std::shared_ptr<Watcher>> watchers_;
  Memory<Key, Subscriptions> absent_{20'000};

  /// How often a client id changed hands between two addresses lately.
  struct Rivalry {
    std::chrono::steady_clock::time_point since;
    int times = 0;
  };
  void note_rivals(const Key& key, const EventSource& first, const EventSource& second);
  RivalHandler on_rivals_;
  Memory<Key, Rivalry> rivalries_{20'000};
};

/// As Gateway::watch_rivals().
void watch(Directory& directory, std::function<void(const Rivals&)> handler);

}  // namespace xl::gateway
