// SPDX-License-Identifier: Apache-2.0
#include "template_commands.hpp"

#include <cstdio>

#include "account_commands.hpp"
#include "cloud/provisioning/rehearsal.hpp"
#include "installation/files.hpp"
#include "pki/certificate.hpp"

namespace xl::app {
namespace {

Result<std::map<std::string, std::string>> parameters_of(const Options& options) {
  std::map<std::string, std::string> out;
  for (const std::string& text : options.parameters) {
    const auto sign = text.find('=');
    if (sign == std::string::npos || sign == 0)
      return fail(Error::invalid("--parameter " + text + ": expected NAME=VALUE"));
    out[text.substr(0, sign)] = text.substr(sign + 1);
  }
  return out;
}

void print(const char* title, const std::string& text) {
  if (!text.empty()) std::printf("  %-12s %s\n", title, text.c_str());
}

}  // namespace

Status rehearse_template(const Options& options) {
  XL_TRY(const auto parameters, parameters_of(options));
  XL_TRY(const auto pem, installation::read_file(options.certificate_file));
  const auto certificate = pki::Certificate::from_pem(pem);
  if (!certificate) return fail(Error::invalid(options.certificate_file + ": " + certificate.error().detail));
  XL_TRY(const Opened opened, open_account(options));
  Result<cloud::provisioning::Rehearsal> outcome = fail(Error::internal("not rehearsed"));
  XL_CHECK(opened.cloud.registry->write([&](cloud::Registry& registry) -> Status {
    outcome = cloud::provisioning::rehearse_template(
        registry, opened.account, installation::kRegion, options.template_name,
        cloud::DeviceCertificate::of(certificate->facts()), parameters, wall_now());
    return {};
  }));
  XL_CHECK(outcome);
  std::printf("template %s of account %s: %s%s%s\n", options.template_name.c_str(), opened.account.name.c_str(),
              outcome->reason.empty() ? "the module would be let in" : "the module would be refused",
              outcome->reason.empty() ? "" : ": ", outcome->reason.c_str());
  const auto& plan = outcome->plan;
  print("thing", plan.thing_name);
  print("type", plan.thing_type.value_or(""));
  for (const std::string& group : plan.thing_groups) print("group", group);
  for (const auto& [name, value] : plan.attributes) print("attribute", name + "=" + value);
  for (const auto& policy : plan.policies) print("policy", policy.name);
  print("decided by", outcome->decision);
  return {};
}

}  // namespace xl::app
