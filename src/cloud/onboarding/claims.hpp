// SPDX-License-Identifier: Apache-2.0
// Late binding (guide 11.3.1, docs/onboarding.md "The saga"): who claims a module, and what then happens to it. Every
// function runs inside the caller's transaction and stores claim and custody together; run twice it changes nothing the
// second time.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/onboarding/attempts.hpp"
#include "cloud/onboarding/saga.hpp"
#include "cloud/ports/registry.hpp"
#include "crypto/voucher.hpp"

namespace xl::cloud::onboarding {

struct Settings {
  ClaimTimes times;
  std::string region = "us-east-1", domain = "iot.localhost";
  /// What templates ask of a certificate.
  std::function<Result<DeviceCertificate>(std::string_view pem)> read_certificate;
  /// The session id of a client that is connected now; empty: it is not.
  std::function<std::string(std::string_view account_id, std::string_view client_id)> session_of;
  /// The same, when the session listens for its configuration; null: nobody knows.
  std::function<std::string(std::string_view account_id, std::string_view client_id)> listening_session_of = nullptr;
  std::shared_ptr<Attempts> attempts = nullptr;  ///< null: accounts may guess as often as they like
};

struct ClaimRequest {
  std::string thing_name;
  std::optional<crypto::Voucher> voucher;
  std::string template_name;  ///< of the customer's account; empty: of the vendor's CA there, or the built-in one
  /// The vendor in whose account the customer's claim-thing has spoken; empty: somebody else asks.
  std::string claim_thing_of = {};
  /// What the label says of the birth certificate; empty: nothing. It matters while nobody knows the module.
  std::string fingerprint = {};
  /// Somebody of whom the account knows nothing: the voucher is needed whatever the grant says, also for a module that
  /// the account has already, and no claim is given back.
  bool is_anonymous = false;
};

/// What unknown, taken and refused modules are all told: whoever asks shall not learn which modules there are.
extern const std::string_view kClaimRefused;

/// A claim of the account for this module. One that is connected and listens is told in the same transaction (R2): its
/// session finds that and sends the message (notice_for()). One that it has already is given back as it is (R8), not to
/// the anonymous. Look at its state: FAILED_CONFIGURATION says in `reason` what the customer account must change.
/// errors: forbidden (kClaimRefused; the log has the reason), unavailable (too many were refused lately, or a restored
/// cloud awaits its custody log)
Result<Claim> claim_module(Registry& registry, const Settings& settings, const Account& customer,
                           const ClaimRequest& request, UnixMillis now);

/// What claim_module() would come to just now; nothing changes. For those who may know why: the module's vendor, and
/// who runs the cloud. errors: forbidden (the true reason)
Result<Claim> rehearse_claim(Registry& registry, const Settings& settings, const Account& customer,
                             const ClaimRequest& request, UnixMillis now);

/// What is to be sent to a session, once.
struct Notice {
  std::string claim_id;
  std::int64_t attempt = 0;  ///< of the claim
  std::string endpoint;
};
/// A staging session of the module listens on its configuration topic: what to send to it, once this transaction is
/// durable; nullopt: nothing (R2, R3), also while the customer's registration is not ACTIVE.
Result<std::optional<Notice>> begin_notify(Registry& registry, const ClaimTimes& times, std::string_view fingerprint,
                                           std::string_view session, UnixMillis now);
/// The notice that is written down for this session, by whomever; nullopt: none is.
std::optional<Notice> notice_for(const Registry& registry, std::string_view fingerprint, std::string_view session);
/// The customer's registration of the module is ACTIVE, as far as is known here.
bool is_welcome(const Registry& registry, const Claim& claim);
/// Whether begin_notify() would do anything, for callers with a view only.
bool has_news(const Registry& registry, std::string_view fingerprint, std::string_view session);

/// Whether the voucher of this request is one of the vendor's.
Result<bool> is_vouched_for(const Registry& registry, std::string_view vendor_account, const ClaimRequest& request);

/// An accepted CONNECT: custody follows (provisioning::note_visit), and so does the claim. In staging it may be the
/// first of a module that was claimed before: now the customer's account is prepared.
Status note_visit(Registry& registry, const Settings& settings, const Account& account, std::string_view fingerprint,
                  UnixMillis now);
/// A claim's event that another transaction has found out: the claim as it is then. False: it means nothing to it.
Result<bool> happen(Registry& registry, const ClaimTimes& times, Claim& claim, ClaimEvent event, std::string reason,
                    UnixMillis now);
/// The customer account has the module: CONFIRMED, COMPLETED. False: the claim does not wait for it.
Result<bool> note_arrival(Registry& registry, const ClaimTimes& times, Claim claim, UnixMillis now);
/// A CONNECT in a customer account that was refused there, and why.
Status note_refusal(Registry& registry, const ClaimTimes& times, const Account& account, std::string_view fingerprint,
                    std::string_view reason, UnixMillis now);

/// Whether the account has given the module up by force (R13), and that it has called there all the same.
bool is_stranded(const Registry& registry, std::string_view account_id, std::string_view fingerprint);
Status note_stranded(Registry& registry, std::string_view account_id, std::string_view fingerprint, UnixMillis now);

/// The account had too many claims refused (Attempts): every vendor who lets it claim is told too.
Status note_enumeration(Registry& registry, std::string_view account_id, UnixMillis now);

/// This machine's clock was set by `jump` (R11): every vendor is told.
Status note_clock_jump(Registry& registry, std::chrono::seconds jump, UnixMillis now);

/// The customer's word on one of its claims. errors: not_found, conflict (says what forbids it now)
Result<Claim> cancel(Registry& registry, const Settings& settings, const Account& customer, std::string_view id,
                     bool force, UnixMillis now);
Result<Claim> retry(Registry& registry, const Settings& settings, const Account& customer, std::string_view id,
                    UnixMillis now);

}  // namespace xl::cloud::onboarding
