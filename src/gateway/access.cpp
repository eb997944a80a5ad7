// SPDX-License-Identifier: Apache-2.0
#include "gateway/access.hpp"

#include <algorithm>
#include <array>

#include "cloud/model/limits.hpp"
#include "cloud/provisioning/variables.hpp"
#include "cloud/services/service.hpp"
#include "gateway/topic_map.hpp"

namespace xl::gateway {
namespace {

constexpr std::string_view kConfigTopic = "/expresslink_config";

tl::unexpected<Error> refuse(std::string reason) { return fail(Error::forbidden(std::move(reason))); }

bool fits_topic_limits(std::string_view topic) {
  return topic.size() <= cloud::limits::kTopicBytesMax &&
         static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/')) <= cloud::limits::kTopicSlashesMax;
}

}  // namespace

Access::Access(const cloud::Account& account, const cloud::provisioning::Principal& principal,
               cloud::policy::PolicySet policies, std::string region, ConnectionFacts connection)
    : account_id_(account.id),
      certificate_id_(principal.certificate_id),
      region_(std::move(region)),
      connection_(std::move(connection)),
      thing_(cloud::provisioning::thing_of(principal, connection_.client_id)),
      thing_name_(thing_ ? thing_->name : principal.thing_name),
      is_staging_(account.kind == cloud::AccountKind::staging),
      guest_(principal.guest),
      claims_for_(principal.claims_for),
      policies_(std::move(policies)) {}

std::optional<std::string> Access::variable(std::string_view name) const {
  if (name == "iot:ClientId") return connection_.client_id;
  if (name == "aws:SourceIp") return connection_.peer_address;
  if (name == "iot:Connection.Thing.IsAttached") return thing_name_ ? "true" : "false";
  const auto attributes = connect_attributes();
  if (name == "iot:ConnectAttributes" && !attributes.empty()) return attributes[0];
  if (name == "iot:ConnectAttributes.1" && attributes.size() > 1) return attributes[1];
  if (name == "iot:CertificateId") return certificate_id_;
  if (auto value = cloud::provisioning::thing_variable(thing_.get(), name)) return value;
  if (const auto attribute = cloud::provisioning::subject_attribute_of(name); attribute && connection_.subject)
    return connection_.subject(*attribute);
  return std::nullopt;
}

std::vector<std::string> Access::connect_attributes() const {
  std::vector<std::string> out;
  if (connection_.persistent) out.emplace_back("PersistentConnect");
  if (connection_.has_will) out.emplace_back("LastWill");
  return out;
}

Status Access::check(std::string_view action, std::string_view kind, std::string_view name) const {
  const std::string resource =
      "arn:aws:iot:" + region_ + ":" + account_id_ + ":" + std::string(kind) + "/" + std::string(name);
  const auto decision = policies_.evaluate({action, resource},
                                           [this](std::string_view variable_name) { return variable(variable_name); });
  if (decision.allowed()) return {};
  const std::string question = std::string(action) + " on " + resource;
  if (policies_.empty()) return refuse(question + ": no policy is attached to the certificate");
  if (decision.effect == cloud::policy::Effect::explicit_deny)
    return refuse(question + ": denied by " + decision.statement);
  return refuse(question + ": no statement of the attached policies allows it");
}

Status Access::may_connect() const { return check("iot:Connect", "client", connection_.client_id); }

Status Access::may_publish(std::string_view topic, bool retain) const {
  if (!fits_topic_limits(topic)) return refuse("topic of more than 256 bytes or 8 levels");
  if (!suits_engine(topic)) return refuse("control characters in a topic");
  if (topic.ends_with(kConfigTopic) && (retain || !claim_message(topic)))
    return refuse("only the service and claim-things publish on expresslink_config topics, and nobody retains there");
  // Everything that starts with `$` is the services' own but what they are asked by.
  if (topic.starts_with('$') && !cloud::services::is_request(topic, thing_name_))
    return refuse("reserved topic " + std::string(topic));
  if (topic.starts_with('$') && retain) return refuse("reserved topics cannot be retained");
  if (guest_ && !is_guest_topic(topic)) return refuse("a module owned by a customer may not publish this in staging");
  XL_CHECK(check("iot:Publish", "topic", topic));
  if (retain) XL_CHECK(check("iot:RetainPublish", "topic", topic));
  return {};
}

std::optional<Access::ClaimMessage> Access::claim_message(std::string_view topic) const {
  if (!claims_for_ || !topic.ends_with(kConfigTopic)) return std::nullopt;
  const std::string_view thing = topic.substr(0, topic.size() - kConfigTopic.size());
  if (thing.empty() || thing.find('/') != std::string_view::npos) return std::nullopt;
  return ClaimMessage{*claims_for_, std::string(thing)};
}

Status Access::may_subscribe(std::string_view filter) const {
  if (!fits_topic_limits(filter)) return refuse("filter of more than 256 bytes or 8 levels");
  if (!suits_engine(filter)) return refuse("control characters in a filter");
  if (guest_ && !is_guest_topic(filter))
    return refuse("a module owned by a customer may not subscribe to this in staging");
  return check("iot:Subscribe", "topicfilter", filter);
}

bool Access::may_receive(std::string_view topic) const { return check("iot:Receive", "topic", topic).has_value(); }

bool Access::is_guest_topic(std::string_view topic_or_filter) const {
  constexpr std::array<std::string_view, 6> own{
      "/expresslink_config", "/data", "/state", "/quickconnect", "/quickconnect/accepted", "/quickconnect/rejected"};
  return thing_name_ && std::any_of(own.begin(), own.end(), [&](std::string_view end) {
           return topic_or_filter == *thing_name_ + std::string(end);
         });
}

std::string Access::full_topic(std::string_view topic_or_filter) const {
  const bool is_bare = topic_or_filter == "data" || topic_or_filter == "state";
  if (is_staging_ && thing_name_ && is_bare) return *thing_name_ + "/" + std::string(topic_or_filter);
  return std::string(topic_or_filter);
}

}  // namespace xl::gateway
