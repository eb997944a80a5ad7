// SPDX-License-Identifier: Apache-2.0
// Who has shown a viewer secret. Kept in memory: after a restart the page signs in again by itself.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::console {

/// Good for one thing, for a day, and only as long as the grant it came from is in force.
struct Session {
  std::string account_id;
  std::string thing_name;
  std::string secret_sha256;  ///< of that grant
  UnixMillis expires{};

  bool is_backed_by(const cloud::ViewerGrants::Grant& grant, UnixMillis now) const;
};

/// For one thread.
class Sessions {
 public:
  static constexpr std::chrono::hours kLifetime{24};
  static constexpr std::size_t kMax = 4096;
  static constexpr std::size_t kPerThingMax = 16;  ///< beyond, the thing's oldest session ends

  /// The id that goes into the cookie: 256 random bits, in hex.
  std::string open(const cloud::ViewerGrants::Grant& grant, UnixMillis now);
  /// nullopt: unknown, expired, or for another thing.
  std::optional<Session> find(std::string_view id, std::string_view thing_name, UnixMillis now) const;
  void close(std::string_view id);
  std::size_t size() const { return sessions_.size(); }

 private:
  void make_room(const std::string& thing_name, UnixMillis now);

  std::unordered_map<std::string, Session> sessions_;  ///< by the SHA-256 of the id
};

}  // namespace xl::console
