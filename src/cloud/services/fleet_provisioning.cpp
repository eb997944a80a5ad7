// SPDX-License-Identifier: Apache-2.0
#include "cloud/services/fleet_provisioning.hpp"

#include <boost/json.hpp>
#include <memory>

#include "base/log.hpp"
#include "cloud/provisioning/fleet.hpp"
#include "cloud/provisioning/ownership.hpp"

namespace xl::cloud::services {
namespace json = boost::json;

namespace {

constexpr std::string_view kCreate = "$aws/certificates/create/json";
constexpr std::string_view kCreateFromCsr = "$aws/certificates/create-from-csr/json";
constexpr std::string_view kTemplates = "$aws/provisioning-templates/";
constexpr std::string_view kProvision = "/provision/json";
constexpr unsigned kNestingMax = 8;

/// The template that a RegisterThing request names; empty: the topic is another.
std::string_view template_of(std::string_view topic) {
  if (!topic.starts_with(kTemplates) || !topic.ends_with(kProvision)) return {};
  topic.remove_prefix(kTemplates.size());
  if (topic.size() <= kProvision.size()) return {};
  const std::string_view name = topic.substr(0, topic.size() - kProvision.size());
  return name.find('/') == std::string_view::npos ? name : std::string_view();
}

struct Refusal {
  int status;
  std::string_view code;
  std::string text;
};

// Private keys: nobody but the asker gets an answer, and only if it listens, as at AWS.
Answer accepted(const Message& request, const json::object& body) {
  return {{request.topic + "/accepted", json::serialize(body)}, Reach::asker_if_subscribed};
}

Answer rejected(const Message& request, const Refusal& refusal) {
  const json::object body{{"statusCode", refusal.status}, {"errorCode", refusal.code}, {"errorMessage", refusal.text}};
  return {{request.topic + "/rejected", json::serialize(body)}, Reach::asker_if_subscribed};
}

Outcome reject(const Message& request, const Refusal& refusal) { return {rejected(request, refusal)}; }

Refusal refusal_of(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return {404, "ResourceNotFound", error.detail};
    case Errc::conflict:
      return {400, "InvalidCertificateOwnershipToken", error.detail};
    case Errc::invalid_argument:
      return {400, "InvalidParameters", error.detail};
    case Errc::forbidden:
      return {400, "InvalidRequest", error.detail};
    case Errc::unavailable:
      return {503, "ServiceUnavailable", error.detail};
    default:
      log::error("provisioning", "a device's request failed", {{"reason", error.detail}});
      return {500, "InternalError", "The registry could not be used; try again."};
  }
}

/// errors: Refusal's texts as invalid_argument
Result<json::object> parse(const Message& request) {
  json::parse_options options;
  options.max_depth = kNestingMax;
  boost::system::error_code error;
  const std::string_view text = request.payload.empty() ? "{}" : std::string_view(request.payload);
  json::value payload = json::parse(text, error, {}, options);
  if (error || !payload.is_object()) return fail(Error::invalid("The payload is not a JSON object."));
  return std::move(payload.get_object());
}

/// Empty when the member is missing or no string.
std::string text_at(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Written down before the device hears of it; what it never activates is swept with the token.
void keep(const Backend& backend, const Asker& asker, const Message& request,
          const Result<CertificateIssuer::Issued>& issued, const Later& later) {
  if (!issued) return later(rejected(request, refusal_of(issued.error())));
  const UnixMillis now = wall_now();
  Certificate made;
  made.account_id = asker.account.id;
  made.id = issued->certificate.id;
  made.pem = issued->certificate.pem;
  made.status = CertificateStatus::pending_activation;
  made.mode = CertificateMode::standard;
  made.not_before = issued->certificate.not_before;
  made.not_after = issued->certificate.not_after;
  made.created = made.modified = now;
  json::object body{{"certificateId", made.id},
                    {"certificatePem", made.pem},
                    {"certificateOwnershipToken",
                     provisioning::issue_ownership_token(backend.ownership_key, {asker.account.id, asker.principal},
                                                         made.id, now + provisioning::kOwnershipTokenLifetime)}};
  if (!issued->private_key_pem.empty()) body["privateKey"] = issued->private_key_pem;
  backend.store.submit(
      [made](Registry& registry) -> Status {
        XL_CHECK(registry.accounts().find(made.account_id));  // it may have been deleted while the key was made
        return registry.certificates().insert(made);
      },
      [request, body = std::move(body), later](const Status& durable) {
        later(durable ? accepted(request, body) : rejected(request, refusal_of(durable.error())));
      });
}

/// `issue` takes long.
Outcome issue_later(const Backend& backend, const Asker& asker, const Message& request, const Later& later,
                    std::function<Result<CertificateIssuer::Issued>(const CertificateIssuer&)> issue) {
  if (backend.issuer == nullptr)
    return reject(request, {503, "ServiceUnavailable", "This server has no CA to issue device certificates with."});
  const auto seat = backend.share.seat(asker.account.id);
  const bool is_taken = seat && backend.background.try_add([backend, asker, seat, request = Message{request.topic, {}},
                                                            later, issue = std::move(issue)](const auto& stop) {
    if (stop.stop_requested())
      return later(rejected(request, {503, "ServiceUnavailable", "The server is stopping; try again."}));
    keep(backend, asker, request, issue(*backend.issuer), later);
  });
  if (!is_taken)
    return reject(request, {429, "Throttling", "Too many certificates are being made just now; try again later."});
  return {.answer = std::nullopt, .later = true};
}

Outcome create_from_csr(const Backend& backend, const Asker& asker, const Message& request, const json::object& body,
                        const Later& later) {
  std::string csr = text_at(body, "certificateSigningRequest");
  if (csr.empty())
    return reject(request, {400, "InvalidParameters", "certificateSigningRequest must be a PKCS#10 request in PEM."});
  return issue_later(backend, asker, request, later, [csr = std::move(csr)](const CertificateIssuer& issuer) {
    return issuer.sign_request(csr, wall_now());
  });
}

Result<std::map<std::string, std::string>> parameters_of(const json::object& body) {
  std::map<std::string, std::string> out;
  const json::value* written = body.if_contains("parameters");
  if (written == nullptr || written->is_null()) return out;
  if (!written->is_object()) return fail(Error::invalid("parameters must be an object of strings."));
  for (const auto& [name, value] : written->get_object()) {
    if (!value.is_string()) return fail(Error::invalid("parameter " + std::string(name) + " must be a string."));
    out[std::string(name)] = std::string(value.get_string());
  }
  return out;
}

Outcome register_thing(const Backend& backend, const Asker& asker, const Message& request, const json::object& body,
                       const Later& later) {
  const auto certificate =
      provisioning::read_ownership_token(backend.ownership_key, {asker.account.id, asker.principal},
                                         text_at(body, "certificateOwnershipToken"), wall_now());
  if (!certificate) return reject(request, refusal_of(certificate.error()));
  auto parameters = parameters_of(body);
  if (!parameters) return reject(request, refusal_of(parameters.error()));
  const auto provisioned = std::make_shared<provisioning::Provisioned>();
  backend.store.submit(
      [provisioned, asker, name = std::string(template_of(request.topic)), id = *certificate,
       parameters = *std::move(parameters)](Registry& registry) -> Status {
        XL_TRY(*provisioned,
               provisioning::provision_by_claim(registry, asker.account, name, id, parameters, wall_now()));
        return {};
      },
      [provisioned, asker, id = *certificate, request = Message{request.topic, {}}, later](const Status& durable) {
        if (!durable) return later(rejected(request, refusal_of(durable.error())));
        log::info("provisioning", "provisioned by claim",
                  {{"thing", provisioned->thing_name},
                   {"account", asker.account.id},
                   {"certificate", id.substr(0, 12)},
                   {"claim", asker.principal.substr(0, 12)}});
        later(accepted(request, {{"deviceConfiguration", json::value_from(provisioned->device_configuration)},
                                 {"thingName", provisioned->thing_name}}));
      });
  return {.answer = std::nullopt, .later = true};
}

}  // namespace

bool takes_fleet_provisioning(std::string_view topic, const std::optional<std::string>&) {
  return topic == kCreate || topic == kCreateFromCsr || !template_of(topic).empty();
}

Outcome answer_fleet_provisioning(const Backend& backend, const Asker& asker, const Message& request,
                                  const Later& later) {
  const auto body = parse(request);
  if (!body) return reject(request, {400, "InvalidPayload", body.error().detail});
  if (request.topic == kCreateFromCsr) return create_from_csr(backend, asker, request, *body, later);
  if (request.topic != kCreate) return register_thing(backend, asker, request, *body, later);
  return issue_later(backend, asker, request, later,
                     [](const CertificateIssuer& issuer) { return issuer.issue_with_key(wall_now()); });
}

}  // namespace xl::cloud::services
