// SPDX-License-Identifier: Apache-2.0
// The sessions of this gateway process that have a client id, or wait for one. Lives on the reactor's thread.
#pragma once
#include <memory>
#include <optional>
#include <unordered_map>

#include "gateway/directory.hpp"

namespace xl::gateway {

class Session;

/// The directory as one gateway process reaches it: in the same process, or over a socket.
class DirectoryLink {
 public:
  virtual ~DirectoryLink() = default;
  virtual void claim(Directory::Claim claim, const EventSource& who, std::size_t places_max) = 0;
  virtual void opened(Directory::Claim claim, const Directory::Key& key) = 0;
  virtual void listens(Directory::Claim claim, const Directory::Key& key, bool does) = 0;
  virtual void leave(Directory::Claim claim, const Directory::Key& key, std::optional<Subscriptions> to_remember) = 0;
  virtual void close() {}  ///< nothing is said or heard from now on
};

class Places final : public Directory::Process {
 public:
  /// Before anything else is called.
  void reach_by(DirectoryLink& link) { link_ = &link; }

  Directory::Claim next_claim() { return ++last_; }
  /// The session learns by on_place(), on_no_place() or end(), perhaps before this returns.
  void claim(Directory::Claim claim, std::shared_ptr<Session> session, const EventSource& who, std::size_t places_max);
  void opened(Directory::Claim claim, const Directory::Key& key) { link_->opened(claim, key); }
  void listens(Directory::Claim claim, const Directory::Key& key, bool does) { link_->listens(claim, key, does); }
  void leave(Directory::Claim claim, const Directory::Key& key, std::optional<Subscriptions> to_remember);

  void granted(Directory::Claim claim, std::optional<Subscriptions> remembered) override;
  void evict(Directory::Claim claim) override;
  void turn_away(Directory::Claim claim) override;

 private:
  std::shared_ptr<Session> session_of(Directory::Claim claim) const;

  DirectoryLink* link_ = nullptr;
  Directory::Claim last_ = 0;
  std::unordered_map<Directory::Claim, std::shared_ptr<Session>> sessions_;
};

/// A directory in this process.
class DirectLink final : public DirectoryLink {
 public:
  DirectLink(Directory& directory, Places& places) : directory_(directory), places_(places) {}
  void claim(Directory::Claim claim, const EventSource& who, std::size_t places_max) override {
    directory_.claim(places_, claim, who, places_max);
  }
  void opened(Directory::Claim claim, const Directory::Key& key) override { directory_.opened(places_, claim, key); }
  void listens(Directory::Claim claim, const Directory::Key& key, bool does) override {
    directory_.listens(places_, claim, key, does);
  }
  void leave(Directory::Claim claim, const Directory::Key& key, std::optional<Subscriptions> to_remember) override {
    directory_.leave(places_, claim, key, std::move(to_remember));
  }

 private:
  Directory& directory_;
  Places& places_;
};

}  // namespace xl::gateway
