// SPDX-License-Identifier: Apache-2.0
#include "elsewhere_commands.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "account_commands.hpp"
#include "base/text.hpp"
#include "installation/files.hpp"

namespace xl::app {
namespace {

std::optional<std::string> given(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

/// "-" is standard input: neither the shell's history nor the list of processes gets to know a secret.
Result<std::string> read_secret(const std::string& file) {
  if (file != "-") {
    XL_TRY(const std::string text, installation::read_file(file));
    return std::string(trim(text));
  }
  std::string line;
  std::getline(std::cin, line);
  return std::string(trim(line));
}

}  // namespace

void add_elsewhere_options(CLI::App& command, ElsewhereOptions& options) {
  command.add_option("--elsewhere", options.url, "URL of the control plane, if the account is in another installation");
  command.add_option("--region", options.region, "Region of the account elsewhere, as in eu-west-1");
  command.add_option("--access-key", options.access_key, "Access key of the account elsewhere, AKIA…");
  command.add_option("--secret-file", options.secret_file, "Its secret: a file, or - for standard input");
  command.add_option("--root-ca", options.root_ca_file,
                     "PEM bundle for its control plane and endpoint [the system's roots]");
  command.add_option("--endpoint", options.endpoint,
                     "HOST[:PORT] that its modules call; its certificate is looked at on PORT [8883]");
  command.add_option("--policy", options.policy, "Policy there that its modules get [one is made for them]");
}

Result<installation::ElsewhereChange> change_in(const ElsewhereOptions& options) {
  installation::ElsewhereChange change;
  change.url = given(options.url);
  change.region = given(options.region);
  change.access_key_id = given(options.access_key);
  change.endpoint = given(options.endpoint);
  change.policy = given(options.policy);
  if (!options.secret_file.empty()) {
    XL_TRY(change.secret, read_secret(options.secret_file));
  }
  if (!options.root_ca_file.empty()) {
    XL_TRY(change.root_ca_pem, installation::read_file(options.root_ca_file));
  }
  XL_CHECK(installation::check_change(change));
  return change;
}

void print(const cloud::Elsewhere& elsewhere) {
  std::printf("elsewhere  %s (%s)\nkey        %s\nendpoint   %s:%lld\nroots      %s\npolicy     %s\n",
              elsewhere.url.c_str(), elsewhere.region.c_str(), elsewhere.access_key_id.c_str(),
              elsewhere.endpoint.c_str(), static_cast<long long>(elsewhere.port),
              elsewhere.root_ca_pem.empty() ? "the system's" : "its own",
              elsewhere.policy.empty() ? "made for its modules" : elsewhere.policy.c_str());
}

Status set_elsewhere(const Options& options) {
  XL_TRY(const auto change, change_in(options.elsewhere));
  XL_TRY(Opened opened, open_account(options));
  if (change.is_empty()) {
    XL_TRY(const auto view, opened.cloud.registry->open_view());
    XL_TRY(const auto known, view->elsewhere().find(opened.account.id));
    print(known);
    return {};
  }
  XL_TRY(const auto changed, change_elsewhere(opened.cloud, opened.account, change));
  print(changed);
  return {};
}

}  // namespace xl::app
