// SPDX-License-Identifier: Apache-2.0
// Provisioning templates. Input: a line with the value of every parameter, then the template.
#include "cloud/provisioning/template.hpp"

#include <algorithm>

#include "cloud/model/limits.hpp"
#include "cloud/policy/policy.hpp"
#include "fuzz/fuzz.hpp"

namespace xl::fuzz {
namespace {

using cloud::provisioning::Plan;

bool is_thing_name(std::string_view name) {
  return !name.empty() && name.size() <= cloud::limits::kThingNameBytesMax && std::ranges::all_of(name, [](char c) {
    return std::string_view(":_-").find(c) != std::string_view::npos || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

void check_plan(const Plan& plan) {
  require(is_thing_name(plan.thing_name), "a plan names a thing that may exist");
  for (const auto& [name, value] : plan.attributes) {
    require(value.size() <= cloud::limits::kAttributeValueBytesMax, "attributes are short");
    require(std::ranges::none_of(value, [](char c) { return static_cast<Byte>(c) < 0x20; }),
            "attributes are printable");
  }
  for (const auto& policy : plan.policies) {
    require(!policy.name.empty(), "a policy has a name");
    (void)cloud::policy::Document::parse(policy.name, policy.document);  // as whoever makes it does
  }
}

bool are_same(const Plan& a, const Plan& b) {
  return a.thing_name == b.thing_name && a.attributes == b.attributes && a.activate == b.activate &&
         a.policies.size() == b.policies.size();
}

}  // namespace

void run(ByteView input) {
  std::string_view body = as_text(input);
  const std::string value(take_part(body));
  cloud::DeviceCertificate certificate;
  certificate.id = std::string(64, 'a');
  for (const char* attribute : {"C", "O", "OU", "dnQualifier", "ST", "CN", "serialNumber"})
    certificate.subject.emplace_back(attribute, value);
  const auto parameters = cloud::provisioning::jitp_parameters(certificate);
  (void)cloud::provisioning::check_template(body);
  const auto plan = cloud::provisioning::fill_template(body, parameters);
  if (!plan) return require(plan.error().code == Errc::invalid_argument, "a refusal says what is wrong");
  check_plan(*plan);
  require(are_same(*plan, *cloud::provisioning::fill_template(body, parameters)), "the same inputs make the same plan");
}

}  // namespace xl::fuzz
