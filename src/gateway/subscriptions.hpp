// SPDX-License-Identifier: Apache-2.0
// The filters one session has subscribed to, as it wrote them. Pure.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "mqtt/topic.hpp"

namespace xl::gateway {

class Subscriptions {
 public:
  /// `full` is what `written` stands for (bare `state` in a staging account).
  void add(std::string written, std::string full) { filters_[std::move(written)] = std::move(full); }
  void remove(const std::string& written) { filters_.erase(written); }

  /// By the name as written: what it stands for.
  const std::map<std::string, std::string>& filters() const { return filters_; }

  /// As it is when the connection is gone: nobody awaits an answer.
  Subscriptions settled() const {
    Subscriptions out = *this;
    out.pending_.clear();
    return out;
  }

  /// A SUBSCRIBE under way: which filters were refused here, and so are missing from what the engine was asked.
  struct Pending {
    std::vector<bool> refused;
  };
  bool is_pending(std::uint16_t packet_id) const { return pending_.contains(packet_id); }
  void await(std::uint16_t packet_id, Pending pending) { pending_[packet_id] = std::move(pending); }

  /// The SUBACK for the device: 0x80 where we refused, the engine's codes in between.
  std::string merge(std::uint16_t packet_id, ByteView engine_codes) {
    std::string out;
    std::size_t next = 0;
    for (const bool refused : pending_[packet_id].refused) {
      const bool missing = refused || next >= engine_codes.size();
      out += missing ? '\x80' : static_cast<char>(engine_codes[next]);
      if (!refused) ++next;
    }
    pending_.erase(packet_id);
    return out;
  }

  /// The topic's name as the session knows it: `state` when it subscribed the bare form and not the full one.
  std::string name_for(const std::string& topic) const {
    for (const auto& [written, full] : filters_) {
      if (full == topic && written != full && !filters_.contains(topic)) return written;
    }
    return topic;
  }

  bool matches(const std::string& topic) const {
    return std::any_of(filters_.begin(), filters_.end(),
                       [&](const auto& filter) { return mqtt::matches(filter.second, topic); });
  }

  /// Retained messages are delivered only for filters without wildcards.
  bool has_exact(const std::string& topic) const {
    return std::any_of(filters_.begin(), filters_.end(), [&](const auto& filter) { return filter.second == topic; });
  }

 private:
  std::map<std::string, std::string> filters_;
  std::map<std::uint16_t, Pending> pending_;
};

}  // namespace xl::gateway
