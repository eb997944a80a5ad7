// SPDX-License-Identifier: Apache-2.0
// Amazon Resource Names: arn:aws:iot:REGION:ACCOUNT:RESOURCE. source: AWS IoT Developer Guide, "Resource types"
#pragma once
#include <string>
#include <string_view>

namespace xl::cloud::arn {

/// Names the resources of one account in one region.
class Builder {
 public:
  Builder(std::string_view region, std::string_view account_id)
      : prefix_("arn:aws:iot:" + std::string(region) + ":" + std::string(account_id) + ":") {}

  std::string certificate(std::string_view id) const { return make("cert/", id); }
  std::string ca_certificate(std::string_view id) const { return make("cacert/", id); }
  std::string thing(std::string_view name) const { return make("thing/", name); }
  std::string policy(std::string_view name) const { return make("policy/", name); }
  std::string provisioning_template(std::string_view name) const { return make("provisioningtemplate/", name); }
  std::string client(std::string_view client_id) const { return make("client/", client_id); }
  std::string topic(std::string_view topic) const { return make("topic/", topic); }
  std::string topic_filter(std::string_view filter) const { return make("topicfilter/", filter); }

 private:
  std::string make(std::string_view kind, std::string_view name) const {
    std::string out;
    out.reserve(prefix_.size() + kind.size() + name.size());
    return out.append(prefix_).append(kind).append(name);
  }
  std::string prefix_;
};

}  // namespace xl::cloud::arn
