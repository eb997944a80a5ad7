// SPDX-License-Identifier: Apache-2.0
#include "gateway/places.hpp"

#include "gateway/session.hpp"

namespace xl::gateway {

void Places::claim(Directory::Claim claim, std::shared_ptr<Session> session, const EventSource& who,
                   std::size_t places_max) {
  sessions_.emplace(claim, std::move(session));
  link_->claim(claim, who, places_max);
}

void Places::leave(Directory::Claim claim, const Directory::Key& key, std::optional<Subscriptions> to_remember) {
  if (sessions_.erase(claim) > 0) link_->leave(claim, key, std::move(to_remember));
}

/// Null: it has left. Shared, since it may leave while it is told.
std::shared_ptr<Session> Places::session_of(Directory::Claim claim) const {
  const auto found = sessions_.find(claim);
  return found == sessions_.end() ? nullptr : found->second;
}

void Places::granted(Directory::Claim claim, std::optional<Subscriptions> remembered) {
  if (const auto session = session_of(claim)) session->on_place(std::move(remembered));
}

void Places::evict(Directory::Claim claim) {
  if (const auto session = session_of(claim))
    session->end(End::duplicate_client_id, "another connection took the client id over");
}

void Places::turn_away(Directory::Claim claim) {
  if (const auto session = session_of(claim)) session->on_no_place();
}

}  // namespace xl::gateway
