// SPDX-License-Identifier: Apache-2.0
// Keeps the registry's list of topics with retained messages, which the engine cannot be asked for. Lives on the
// reactor's thread; what comes while a write is under way is written together.
#pragma once
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cloud/ports/registry.hpp"

namespace xl::gateway {

class RetainedIndex : public std::enable_shared_from_this<RetainedIndex> {
 public:
  RetainedIndex(boost::asio::io_context& reactor, cloud::RegistryStore& store) : reactor_(reactor), store_(store) {}

  /// A message was retained, or taken away by one without a payload.
  void note(const std::string& account_id, const std::string& topic, bool is_there);
  /// The writer still has something of ours, and will answer to the reactor.
  bool is_writing() const { return is_writing_; }

 private:
  using Topic = std::pair<std::string, std::string>;
  using News = std::map<Topic, std::optional<UnixMillis>>;  ///< nullopt: taken away
  void write();
  void written(const Status& status, const News& news);

  boost::asio::io_context& reactor_;
  cloud::RegistryStore& store_;
  News news_;
  bool is_writing_ = false;
};

}  // namespace xl::gateway
