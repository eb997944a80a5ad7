// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "cloud/model/limits.hpp"
#include "cloud/onboarding/saga.hpp"
#include "cloud/onboarding/sweep.hpp"

namespace xl::app {

/// An address and a port of a listener, as in 127.0.0.1:8883 or [::1]:8883.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};

enum class Command {
  serve,
  gateway_worker,
  account_create,
  account_list,
  account_delete,
  key_create,
  key_list,
  key_rotate,
  key_disable,
  limits_list,
  limits_set,
  limits_reset,
  wizard,
  login_strings,
  account_elsewhere,
  thing_offboard,
  backup,
  restore,
  fsck,
  claim_rehearse,
  template_rehearse,
  custody_verify,
  custody_export,
  custody_reconcile
};

inline constexpr std::string_view kGatewayWorkerCommand = "gateway-worker";

/// Of an account that stands in for one of another installation; empty: as it is.
struct ElsewhereOptions {
  std::string url, region, access_key, endpoint, policy;
  std::string secret_file;  ///< "-": standard input
  std::string root_ca_file;
};

struct Options {
  Command command = Command::serve;
  std::string data_dir;
  std::string domain = "iot.localhost";
  std::vector<Address> mqtt, http, https;
  std::string public_url;       ///< empty: made from the first http listener
  std::string tls_certificate;  ///< file; empty: the server's own CA
  std::string tls_key;
  std::string web_root;  ///< empty: beside the program
  bool drop_first_connection = false;
  std::size_t gateway_workers = 1;
  cloud::limits::AccountLimits limits;                         ///< of accounts that have none of their own
  int connects_per_certificate = 1;                            ///< a second, thirty times as many at once; 0: no limit
  int unproven_attempts = 200;                                 ///< a second, from one address
  std::chrono::seconds backup_every = std::chrono::hours(24);  ///< zero: never
  cloud::onboarding::ClaimTimes claim_times;
  std::chrono::milliseconds transfer_expiry = std::chrono::days(14);
  cloud::onboarding::SweepTimes sweeps;
  log::Level log_level = log::Level::info;
  std::string account_name;
  cloud::AccountKind account_kind = cloud::AccountKind::staging;
  cloud::Role key_role = cloud::Role::admin;
  std::string key_id;
  bool orphan = false, give_up_withdrawals = false;  ///< of account delete
  bool wizard_on = false;
  bool enforces_login_strings = false;
  ElsewhereOptions elsewhere;
  std::string thing_name;
  std::string template_name;
  std::string certificate_file;
  std::vector<std::string> parameters;  ///< of a template: NAME=VALUE
  std::string limit_name;
  std::size_t limit_value = 0;  ///< 0: no limit
  std::string backup_file;      ///< written by backup, read by restore
  bool overwrite = false;
  bool without_log = false;  ///< of custody reconcile
};

/// The options, or the exit code when there is nothing to run (--help, a mistake already explained).
tl::expected<Options, int> parse_options(int argc, char** argv);

}  // namespace xl::app
