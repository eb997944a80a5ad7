// SPDX-License-Identifier: Apache-2.0
#include "console/sessions.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace xl::console {

bool Session::is_backed_by(const cloud::ViewerGrants::Grant& grant, UnixMillis now) const {
  return grant.account_id == account_id && grant.thing_name == thing_name && grant.secret_sha256 == secret_sha256 &&
         now < grant.expires && now < expires;
}

std::string Sessions::open(const cloud::ViewerGrants::Grant& grant, UnixMillis now) {
  make_room(grant.thing_name, now);
  std::string id = crypto::random_hex(32);
  sessions_.emplace(crypto::sha256_hex(id),
                    Session{grant.account_id, grant.thing_name, grant.secret_sha256, now + kLifetime});
  return id;
}

std::optional<Session> Sessions::find(std::string_view id, std::string_view thing_name, UnixMillis now) const {
  const auto found = sessions_.find(crypto::sha256_hex(id));
  if (found == sessions_.end() || found->second.thing_name != thing_name || now >= found->second.expires)
    return std::nullopt;
  return found->second;
}

void Sessions::close(std::string_view id) { sessions_.erase(crypto::sha256_hex(id)); }

void Sessions::make_room(const std::string& thing_name, UnixMillis now) {
  std::erase_if(sessions_, [&](const auto& entry) { return now >= entry.second.expires; });
  const auto of_thing = [&](const auto& entry) { return entry.second.thing_name == thing_name; };
  const bool thing_is_full = std::ranges::count_if(sessions_, of_thing) >= static_cast<std::ptrdiff_t>(kPerThingMax);
  if (!thing_is_full && sessions_.size() < kMax) return;
  auto oldest = sessions_.end();
  for (auto entry = sessions_.begin(); entry != sessions_.end(); ++entry) {
    if (thing_is_full && !of_thing(*entry)) continue;
    if (oldest == sessions_.end() || entry->second.expires < oldest->second.expires) oldest = entry;
  }
  sessions_.erase(oldest);
}

}  // namespace xl::console
