// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/guest.hpp"

#include <initializer_list>

namespace xl::cloud::provisioning {
namespace {

Policy guest_policy(const Account& account, const std::string& thing_name) {
  const std::string arn = "arn:aws:iot:*:" + account.id + ":";
  const auto resources = [&](std::string_view kind, std::initializer_list<std::string_view> ends) {
    std::string out;
    for (const std::string_view end : ends)
      out += (out.empty() ? "\"" : ",\"") + arn + std::string(kind) + thing_name + std::string(end) + "\"";
    return "[" + out + "]";
  };
  const auto allow = [](const std::string& actions, const std::string& list) {
    return R"({"Effect":"Allow","Action":)" + actions + R"(,"Resource":)" + list + "}";
  };
  Policy policy;
  policy.account_id = account.id;
  policy.name = "guest";
  policy.document =
      R"({"Version":"2012-10-17","Statement":[)" + allow(R"("iot:Connect")", resources("client/", {""})) + "," +
      allow(R"("iot:Subscribe")",
            resources("topicfilter/", {"/expresslink_config", "/state", "/quickconnect/accepted"})) +
      "," +
      allow(R"("iot:Receive")", resources("topic/", {"/expresslink_config", "/state", "/quickconnect/accepted"})) +
      "," + allow(R"("iot:Publish")", resources("topic/", {"/data", "/quickconnect"})) + "]}";
  return policy;
}

}  // namespace

Result<Principal> admit_guest(Registry& registry, const Account& account, std::string_view certificate_id,
                              UnixMillis now) {
  XL_TRY(const Custody custody, registry.custody().find(certificate_id));
  XL_CHECK(note_guest(registry, certificate_id, now));
  Principal principal;
  principal.account_id = account.id;
  principal.certificate_id = certificate_id;
  principal.guest = true;
  principal.thing_name = custody.thing_name;
  principal.policies.push_back(guest_policy(account, custody.thing_name));
  return principal;
}

}  // namespace xl::cloud::provisioning
