// SPDX-License-Identifier: Apache-2.0
// What a claim-thing publishes (guide 11.3.1): a claim of its customer's.
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "cloud/onboarding/claim_thing.hpp"
#include "cloud/onboarding/claims.hpp"
#include "gateway/session.hpp"
#include "gateway/wire.hpp"
#include "pki/certificate.hpp"

namespace xl::gateway {
namespace onboarding = cloud::onboarding;

onboarding::Settings claim_settings(const Shared& shared) {
  onboarding::Settings settings;
  settings.times = shared.options.claim_times;
  settings.region = shared.options.region;
  settings.domain = shared.options.domain;
  settings.attempts = shared.claim_attempts;
  settings.read_certificate = [](std::string_view pem) -> Result<cloud::DeviceCertificate> {
    XL_TRY(const auto certificate, pki::Certificate::from_pem(pem));
    return cloud::DeviceCertificate::of(certificate.facts());
  };
  // Grants that ask for presence allow no claim-thing.
  settings.session_of = [](std::string_view, std::string_view) { return std::string(); };
  return settings;
}

/// The PUBACK waits until the reservation is durable. False: take no more packets for now.
bool Session::claim_by_message(const mqtt::Publish& publish, const Access::ClaimMessage& message) {
  const auto vendor = shared_.lookup.account(account_id_);
  if (!vendor) {
    end(End::server, "the registry cannot be read");
    return false;
  }
  awaits_answer_ = true;
  device_->pause(true);
  const auto claim = std::make_shared<Result<cloud::Claim>>(fail(Error::internal("not claimed")));
  const auto packet_id = publish.qos == 1 ? std::optional(publish.packet_id) : std::nullopt;
  shared_.store.submit(
      [claim, message, settings = claim_settings(shared_), vendor = *vendor,
       payload = std::string(as_text(publish.payload))](cloud::Registry& registry) -> Status {
        *claim = onboarding::claim_by_message(registry, settings, vendor, message.customer_id, message.thing_name,
                                              payload, wall_now());
        return claim->map([](const cloud::Claim&) {});
      },
      [self = shared_from_this(), claim, message, packet_id](Status durable) {
        if (!durable) *claim = fail(durable.error());
        boost::asio::post(self->shared_.reactor,
                          [self, claim, message, packet_id] { self->on_claimed(message, *claim, packet_id); });
      });
  return false;
}

void Session::on_claimed(const Access::ClaimMessage& message, const Result<cloud::Claim>& claim,
                         std::optional<std::uint16_t> packet_id) {
  note_claim_excesses();
  if (state_ != State::open) return;
  awaits_answer_ = false;
  const bool is_refused = !claim || claim->state == cloud::ClaimState::failed_configuration;
  if (is_refused) {
    ++shared_.counters.messages_refused;
    const std::string reason = claim ? claim->reason : claim.error().detail;
    log::warn("gateway", "claim by message refused",
              {{"client", who()}, {"account", message.customer_id}, {"thing", message.thing_name}, {"reason", reason}});
    return end(End::forbidden, reason);
  }
  log::info("gateway", "claimed by message",
            {{"client", who()}, {"account", message.customer_id}, {"thing", message.thing_name}, {"claim", claim->id}});
  if (packet_id && !to_device(mqtt::PubAck{*packet_id})) return;
  last_heard_ = std::chrono::steady_clock::now();  // we did not listen
  resume_device();
}

void Session::note_claim_excesses() {
  for (const std::string& account : shared_.claim_attempts->take_excesses()) {
    shared_.store.submit(
        [account](cloud::Registry& registry) { return onboarding::note_enumeration(registry, account, wall_now()); },
        [](Status status) {
          if (!status) log::error("gateway", "finding not noted", {{"reason", status.error().detail}});
        });
  }
}

}  // namespace xl::gateway
