// SPDX-License-Identifier: Apache-2.0
// What looks like fraud or failure and only a person can judge (guide 11.5). A finding changes nothing by itself.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace xl::cloud {

/// docs/onboarding.md "Findings" tells what each means. Their numbers are stored: append.
enum class FindingKind {
  duplicate_uid,      ///< a second certificate for a ThingName
  duplicate_key,      ///< a second certificate for a module's key
  two_places,         ///< one certificate in use from two addresses that push each other out
  stranded,           ///< it calls a customer whose claim was cancelled by force
  claim_enumeration,  ///< an account had many claims refused
  login_mismatch,     ///< the login string contradicts the CA
  flapping,           ///< a module changes its owner again and again
  clock_jump,         ///< this machine's clock was set by more than a little
  transfer_expired,   ///< a certificate transfer that nobody took
  restored            ///< what a restored registry does not know of a module, and the custody log does not tell
};
inline constexpr std::array<std::string_view, 10> kFindingKindNames{
    "duplicate_uid",  "duplicate_key", "two_places", "stranded",         "claim_enumeration",
    "login_mismatch", "flapping",      "clock_jump", "transfer_expired", "restored"};
constexpr std::string_view name_of(FindingKind kind) { return kFindingKindNames[static_cast<std::size_t>(kind)]; }

struct Finding {
  std::string id;          ///< "fnd-" and 32 hex digits; given by the registry's caller
  std::string account_id;  ///< who is to look at it
  FindingKind kind = FindingKind::duplicate_uid;
  std::string subject;     ///< what it is about: a certificate's id, an account's, or nothing
  std::string thing_name;  ///< may be empty
  std::string evidence;    ///< of the last time, for people
  std::int64_t count = 1;  ///< how often since first_seen
  UnixMillis first_seen{}, last_seen{};
  bool is_open = true;  ///< nobody has dealt with it yet
};

}  // namespace xl::cloud
