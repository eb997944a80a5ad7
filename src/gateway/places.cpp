// SPDX-License-Identifier: Apache-2.0
#include "gateway/places.hpp"

#include "gateway/session.hpp"

namespace xl::gateway {

void Places::claim(Directory::Claim claim, std::shared_ptr<Session> session, const EventSource& who) {
  sessions_.emplace(claim, std::move(session));
  link_->claim(claim, who);
}

void Places::leave(Directory::Claim claim, const Directory::Key& key, std::optional<Subscriptions> to_remember) {
  if (sessions_.erase(claim) > 0) link_->leave(claim, key, std::move(to_remember));
}

void Places::granted(Directory::Claim claim, std::optional<Subscriptions> remembered) {
  const auto found = sessions_.find(claim);
  if (found == sessions_.end()) return;
  const auto session = found->second;  // it may leave meanwhile
  session->on_place(std::move(remembered));
}

void Places::evict(Directory::Claim claim) {
  const auto found = sessions_.find(claim);
  if (found == sessions_.end()) return;
  const auto session = found->second;
  session->end(End::duplicate_client_id, "another connection took the client id over");
}

}  // namespace xl::gateway
