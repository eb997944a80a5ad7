// SPDX-License-Identifier: Apache-2.0
// What one connected principal may do: its policies compiled once, its variables, and the rules no policy can lift.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "cloud/policy/policy.hpp"
#include "cloud/provisioning/jitp.hpp"

namespace xl::gateway {

/// What conditions may ask of a connection besides its names.
struct ConnectionFacts {
  std::string client_id, peer_address;
  bool persistent = false, has_will = false;  ///< iot:ConnectAttributes: PersistentConnect, LastWill
  /// A subject attribute of the certificate by its short name ("CN"); asked only when a policy does.
  std::function<std::optional<std::string>(std::string_view short_name)> subject = nullptr;
};

class Access {
 public:
  Access(const cloud::Account& account, const cloud::provisioning::Principal& principal,
         cloud::policy::PolicySet policies, std::string region, ConnectionFacts connection);

  // Each: success, or forbidden with a sentence for the operator's log.
  Status may_connect() const;
  Status may_publish(std::string_view topic, bool retain) const;
  Status may_subscribe(std::string_view filter) const;
  bool may_receive(std::string_view topic) const;

  const std::string& client_id() const { return connection_.client_id; }
  const std::optional<std::string>& thing_name() const { return thing_name_; }
  bool is_guest() const { return guest_; }
  /// The customer account whose claim-thing this is, when the topic is a module's configuration: what it publishes
  /// there is a claim (guide 11.3.1) and goes no further. Also the module's ThingName.
  struct ClaimMessage {
    std::string customer_id, thing_name;
  };
  std::optional<ClaimMessage> claim_message(std::string_view topic) const;
  const std::string& account_id() const { return account_id_; }
  const std::string& certificate_id() const { return certificate_id_; }
  bool is_staging() const { return is_staging_; }

  /// In a staging account the bare topics `data` and `state` are the thing's own (guide 11.2).
  std::string full_topic(std::string_view topic_or_filter) const;

 private:
  Status check(std::string_view action, std::string_view kind, std::string_view name) const;
  std::optional<std::string> variable(std::string_view name) const;
  std::vector<std::string> connect_attributes() const;
  bool is_guest_topic(std::string_view topic_or_filter) const;

  std::string account_id_, certificate_id_, region_;
  ConnectionFacts connection_;
  std::shared_ptr<const cloud::Thing> thing_;  ///< the one it speaks for, by its client id
  std::optional<std::string> thing_name_;
  bool is_staging_ = false;
  bool guest_ = false;
  std::optional<std::string> claims_for_;
  cloud::policy::PolicySet policies_;
};

}  // namespace xl::gateway
