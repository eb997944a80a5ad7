// SPDX-License-Identifier: Apache-2.0
// Keeps the registry's list of topics with retained messages, which the engine cannot be asked for. Lives on the
// reactor's thread; what comes while a write is under way is written together.
#pragma once
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/tally.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::gateway {

class RetainedIndex : public std::enable_shared_from_this<RetainedIndex> {
 public:
  RetainedIndex(boost::asio::io_context& reactor, cloud::RegistryStore& store, const cloud::Registry& view)
      : reactor_(reactor), store_(store), view_(view) {}

  /// Whether one more message may be retained, where the account may have `most` (0: any number). One on a topic that
  /// has one already takes its place. What other processes have not written yet does not count.
  bool has_room_for(const std::string& account_id, const std::string& topic, std::size_t most);
  /// A message was retained, or taken away by one without a payload.
  void note(const std::string& account_id, const std::string& topic, bool is_there);
  /// The writer still has something of ours, and will answer to the reactor.
  bool is_writing() const { return writing_ != nullptr; }

 private:
  using Topic = std::pair<std::string, std::string>;
  using News = std::map<Topic, std::optional<UnixMillis>>;  ///< nullopt: taken away
  void write();
  void written(const Status& status);
  std::optional<bool> is_there_by_news(const Topic& topic) const;
  std::int64_t unwritten(const std::string& account_id) const;
  Result<std::int64_t> count(const std::string& account_id) const;

  boost::asio::io_context& reactor_;
  cloud::RegistryStore& store_;
  const cloud::Registry& view_;
  News news_;
  std::shared_ptr<const News> writing_;
  Tally not_kept_;
};

}  // namespace xl::gateway
