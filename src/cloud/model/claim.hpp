// SPDX-License-Identifier: Apache-2.0
// Late binding (guide 11.3.1): a customer account claims a module that its vendor's staging account knows.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace xl::cloud {

/// docs/onboarding.md "The saga" tells what each means and how it is left.
enum class ClaimState {
  awaiting_module,
  reserved,
  prepared,
  notifying,
  stalled,
  confirmed,
  completed,
  expired,
  failed_configuration,
  rolled_back,
  cancelled
};
inline constexpr std::array<std::string_view, 11> kClaimStateNames{
    "AWAITING_MODULE",      "RESERVED",    "PREPARED", "NOTIFYING", "STALLED", "CONFIRMED", "COMPLETED", "EXPIRED",
    "FAILED_CONFIGURATION", "ROLLED_BACK", "CANCELLED"};
constexpr std::string_view name_of(ClaimState state) { return kClaimStateNames[static_cast<std::size_t>(state)]; }

/// Why a claim that has begun to move its module does not get on.
enum class Stall {
  none,
  unreachable,   ///< it left staging and did not arrive
  loop,          ///< it stays in staging, or comes back there, however often it is told
  configuration  ///< the customer account refuses it
};
constexpr std::string_view name_of(Stall stall) {
  constexpr std::array<std::string_view, 4> names{"", "unreachable", "loop", "configuration"};
  return names[static_cast<std::size_t>(stall)];
}

struct Claim {
  std::string id;  ///< "clm-" and 32 hex digits
  std::string account_id;
  std::string vendor_account;
  std::string thing_name;
  std::string fingerprint;
  std::string endpoint;            ///< what the module is told
  std::string template_name = {};  ///< that was asked for; empty: none was
  ClaimState state = ClaimState::reserved;
  Stall stall = Stall::none;
  std::string reason;      ///< of the state, for people; may be empty
  std::int64_t epoch = 1;  ///< +1 on every change
  std::int64_t notify_attempts = 0;
  /// Of the attempts that count against a loop, and when the first of them was made.
  std::int64_t window_attempts = 0, window_began = 0;
  std::string notified_session;  ///< the staging session that was told last; empty: tell whichever there is
  /// In the installation's run time, milliseconds (RunTime); none: it may stay in this state for ever.
  std::optional<std::int64_t> deadline;
  UnixMillis created{}, modified{};

  /// One that holds a reservation or may still move its module. A module has one at most.
  bool is_live() const {
    return state == ClaimState::awaiting_module || state == ClaimState::reserved || state == ClaimState::prepared ||
           state == ClaimState::notifying || state == ClaimState::stalled || state == ClaimState::confirmed;
  }
  /// The module may have been told its new endpoint: the customer's registration must stay.
  bool may_have_moved() const {
    return state == ClaimState::notifying || state == ClaimState::stalled || state == ClaimState::confirmed;
  }
};

/// What a claimant must show (docs/onboarding.md "Who may claim").
enum class Proof {
  voucher,              ///< a signature of the vendor's, from the label
  voucher_and_present,  ///< and the module is connected to staging now
  open                  ///< the ThingName is enough
};
inline constexpr std::array<std::string_view, 3> kProofNames{"voucher", "voucher+present", "open"};
constexpr std::string_view name_of(Proof proof) { return kProofNames[static_cast<std::size_t>(proof)]; }

/// A vendor lets a customer account claim its modules.
struct ClaimGrant {
  std::string vendor_account;
  std::string customer_account;
  Proof proof = Proof::voucher;
  bool classic = false;  ///< it may have a claim-thing, whose word is enough (guide 11.3.1)
  UnixMillis created{};
  std::string claim_certificate = {};  ///< of its claim-thing in the vendor's account; empty: it has none
  /// Ids of the voucher keys whose labels count; empty: every key's. A lot is what one key has signed.
  std::vector<std::string> lots = {};
};

/// With which a vendor's factory signs vouchers.
struct VoucherKey {
  std::string vendor_account;
  std::string id;          ///< 1 to 8 letters and digits
  std::string public_pem;  ///< P-256
  bool is_active = true;
  UnixMillis created{};
};

}  // namespace xl::cloud
