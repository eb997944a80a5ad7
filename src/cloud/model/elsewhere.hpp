// SPDX-License-Identifier: Apache-2.0
// A customer account that stands in for one of another installation, or of AWS itself (docs/onboarding.md "A customer
// elsewhere"): claims are made here, the module's registration is there.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace xl::cloud {

/// How the account elsewhere is reached, with what its owner has delegated.
struct Elsewhere {
  std::string account_id;     ///< of the account here that stands in for it
  std::string url;            ///< of its control plane: "https://iot.eu-west-1.amazonaws.com"
  std::string region;         ///< for which requests are signed
  std::string access_key_id;  ///< there
  std::string sealed_secret;  ///< crypto::seal under DIR/master.key, context = sealing_context()
  std::string root_ca_pem;    ///< of control plane and endpoint; empty: the system's roots
  std::string endpoint;       ///< the host that modules are told
  std::int64_t port = 8883;   ///< of the endpoint, where its certificate is looked at
  std::string policy;         ///< which modules get, by name there; empty: one is made for them
  UnixMillis modified{};

  std::string sealing_context() const { return "elsewhere " + account_id + " " + access_key_id; }
};

/// What is still to be done elsewhere for one module, or has been.
enum class ErrandStage {
  prepare,  ///< to be registered there
  watch,    ///< registered; its arrival is awaited
  kept,     ///< registered, and nothing is awaited
  withdraw  ///< to be taken out again
};
inline constexpr std::array<std::string_view, 4> kErrandStageNames{"prepare", "watch", "kept", "withdraw"};
constexpr std::string_view name_of(ErrandStage stage) { return kErrandStageNames[static_cast<std::size_t>(stage)]; }

/// One for each module that an account elsewhere has, or is to have: the wish, not a queue of calls. Whoever comes back
/// from a crash or a lost answer makes the account elsewhere as this says, however far it had come.
struct Errand {
  std::string account_id;   ///< of the account here
  std::string fingerprint;  ///< of the birth certificate, which is its id there too
  std::string thing_name;
  std::string claim_id;  ///< the last claim that asked for it
  ErrandStage stage = ErrandStage::prepare;
  std::int64_t version = 1;  ///< +1 on every change
  bool is_sent = false;      ///< a call may have changed something there; written before the call is made
  bool keeps_thing = false;  ///< the account had a thing of this name before: it stays when the module goes
  /// When the account elsewhere had seen the module last before it was told anything, in milliseconds of that account's
  /// clock; 0: never, or it does not say.
  std::int64_t seen_before = 0;
  std::string problem;  ///< of the last attempt, for people; empty: none
  UnixMillis modified{};
};

}  // namespace xl::cloud
