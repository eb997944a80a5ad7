// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "api/authenticator.hpp"
#include "api/onboarding_settings.hpp"
#include "aws/customer_registry.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cloud/rules/findings.hpp"
#include "crypto/digest.hpp"
#include "gateway/door.hpp"
#include "gateway/engines/mosquitto.hpp"
#include "gateway/gateway.hpp"
#include "gateway/retained_messages.hpp"
#include "gateway/supervisor.hpp"
#include "gateway/web_door.hpp"
#include "gateway/worker.hpp"
#include "installation/accounts.hpp"
#include "installation/backup_schedule.hpp"
#include "installation/buckets.hpp"
#include "installation/claim_events.hpp"
#include "installation/errands.hpp"
#include "installation/files.hpp"
#include "installation/installation.hpp"
#include "installation/onboarding_rounds.hpp"
#include "site.hpp"
#include "store/sqlite_store.hpp"

namespace xl::app {
namespace {

constexpr std::uint32_t kDrainSeconds = 5;

std::string authority_of(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/// Blocks the stop signals in this thread and those it starts, so that only wait_for_stop() sees them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of the write, as a full disk is
  return signals;
}

/// A connected device takes two descriptors here and one in the engine, which inherits the limit; a client that speaks
/// MQTT over WebSocket two more here, those of the HTTP server.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status load_own_certificate(const Options& options, installation::Installation& cloud) {
  if (options.tls_certificate.empty()) return {};
  XL_TRY(cloud.server_chain_pem, installation::read_file(options.tls_certificate));
  XL_TRY(cloud.server_key_pem, installation::read_file(options.tls_key));
  return {};
}

std::string public_url_of(const Options& options) {
  if (!options.public_url.empty()) return options.public_url;
  return "http://" + authority_of(options.http.front().host, options.http.front().port);
}

Result<std::unique_ptr<gateway::Gateway>> start_the_gateway(const Options& options,
                                                            const installation::Installation& cloud,
                                                            const gateway::MosquittoChild& engine) {
  gateway::GatewayOptions to;
  for (const Address& address : options.mqtt) to.listeners.push_back({address.host, address.port});
  to.domain = cloud.domain;
  to.region = std::string(installation::kRegion);
  to.tls_certificate_chain_pem = cloud.server_chain_pem;
  to.tls_private_key_pem = cloud.server_key_pem;
  to.public_url = public_url_of(options);
  to.engine_socket = engine.socket_path();
  to.drop_first_connection = options.drop_first_connection;
  to.limits = options.limits;
  to.connects_per_certificate = {30.0 * options.connects_per_certificate,
                                 static_cast<double>(options.connects_per_certificate)};
  to.claim_times = options.claim_times;
  if (cloud.device_ca) {
    to.device_ca_certificate_pem = cloud.device_ca->certificate.facts().pem;
    to.device_ca_private_key_pem = cloud.device_ca->key.to_pem();
  }
  to.ownership_key = crypto::hmac_sha256(cloud.master_key, as_bytes("certificate-ownership"));
  to.unproven_attempts = {20.0 * options.unproven_attempts, static_cast<double>(options.unproven_attempts)};
  if (options.gateway_workers == 1) return gateway::start_gateway(std::move(to), *cloud.registry);
  const gateway::Workers workers{options.gateway_workers,
                                 {"/proc/self/exe", std::string(kGatewayWorkerCommand)},
                                 installation::registry_of(cloud.folder),
                                 options.log_level};
  return gateway::start_gateway_workers(std::move(to), *cloud.registry, workers);
}

/// Operators sign in as requests to the API do.
console::Authenticate authenticator_of(const api::ApiOptions& options) {
  return [options](const net::HttpRequest& request, const cloud::Registry& registry) -> Result<console::Operator> {
    const auto caller = api::authenticate(request, registry, options, false);
    if (!caller) {
      const bool is_ours = caller.error().exception.status >= 500;
      return fail(is_ours ? Error::internal(caller.error().message) : Error::forbidden(caller.error().message));
    }
    if (caller->is_session())
      return fail(Error::forbidden("Sign in with an access key of the account, not a session's."));
    return console::Operator{caller->account, caller->access_key_id, caller->role};
  };
}

net::HttpServerOptions http_options(const Options& options, const installation::Installation& cloud) {
  net::HttpServerOptions to;
  for (const Address& address : options.http) to.listeners.push_back({address.host, address.port, false});
  for (const Address& address : options.https) to.listeners.push_back({address.host, address.port, true});
  to.tls_certificate_chain_pem = cloud.server_chain_pem;
  to.tls_private_key_pem = cloud.server_key_pem;
  to.connections_max = gateway::http_connections_that_fit();
  return to;
}

std::vector<std::string> accepted_hosts(const Options& options, const std::string& domain) {
  std::vector<std::string> hosts{"localhost", "*.localhost", "127.0.0.1", "::1", domain, "*." + domain};
  for (const auto* listeners : {&options.http, &options.https}) {
    for (const Address& address : *listeners) hosts.push_back(to_lower(address.host));
  }
  std::string_view url = options.public_url;
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    hosts.push_back(to_lower(url.substr(scheme + 3, url.find_first_of(":/", scheme + 3) - scheme - 3)));
  }
  return hosts;
}

std::filesystem::path web_root_of(const Options& options) {
  if (!options.web_root.empty()) return options.web_root;
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return program.parent_path().parent_path() / "share" / "openexpresslink" / "web";
}

void note(cloud::RegistryStore& registry, const gateway::Rivals& rivals) {
  registry.submit(
      [rivals](cloud::Registry& open) {
        return cloud::rules::note_finding(open, cloud::FindingKind::two_places, rivals.account_id,
                                          rivals.certificate_id, rivals.client_id,
                                          "used at " + rivals.first_address + " and at " + rivals.second_address +
                                              " in turn; one of them may be a copy",
                                          wall_now());
      },
      [](const Status& status) {
        if (!status) log::error("serve", "finding not noted", {{"reason", status.error().detail}});
      });
}

void announce(const gateway::Gateway& gateway, const net::HttpServer& http, const cloud::Account& staging,
              const installation::Installation& cloud) {
  for (const auto& listener : gateway.listeners()) {
    std::printf("mqtt   %s\n", authority_of(listener.address, listener.port).c_str());
  }
  for (const auto& listener : http.listeners()) {
    std::printf("%-6s %s\n", listener.tls ? "https" : "http", authority_of(listener.address, listener.port).c_str());
  }
  std::printf("staging account %s, endpoint %s\n", staging.id.c_str(),
              cloud::endpoint_of(staging, cloud.domain).c_str());
  std::printf("credentials     %s (profile staging)\nready\n", (cloud.folder / "credentials").c_str());
  std::fflush(stdout);
}

}  // namespace

Status serve(const Options& options) {
  log::set_level(options.log_level);
  const sigset_t stop_signals = block_stop_signals();
  raise_descriptor_limit();
  XL_TRY(const auto lock, installation::lock_for_serving(options.data_dir));
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_CHECK(load_own_certificate(options, cloud));
  XL_TRY(const cloud::Account staging, ensure_account(cloud, "staging", cloud::AccountKind::staging));

  XL_TRY(const auto engine, gateway::start_mosquitto(cloud.folder / "engine"));
  XL_TRY(const auto gateway, start_the_gateway(options, cloud, *engine));
  const auto door = gateway::make_mqtt_door(engine->socket_path());
  const auto claim_attempts = std::make_shared<cloud::onboarding::Attempts>();
  const api::ApiOptions api_options{std::string(installation::kRegion),
                                    cloud.domain,
                                    cloud.master_key,
                                    cloud.device_ca,
                                    options.claim_times,
                                    &gateway->presence(),
                                    claim_attempts,
                                    installation::buckets_in(cloud.folder),
                                    gateway::retained_messages_of(engine->socket_path()),
                                    options.limits};
  const auto api = api::make_api(api_options, *cloud.registry, gateway->bus(), *door);
  const auto settings = api::onboarding_settings(api_options);
  const auto console = console::make_console({web_root_of(options), settings, authenticator_of(api_options)},
                                             *cloud.registry, gateway->bus(), gateway->presence());
  const installation::Errands errands(
      *cloud.registry, gateway->presence(), options.claim_times,
      [key = cloud.master_key](const cloud::Elsewhere& elsewhere, std::stop_token stop) {
        return aws::make_customer_registry(elsewhere, key, std::move(stop));
      });
  Site site{*gateway,        *api, *console, *cloud.registry, cloud.root_ca_pem, accepted_hosts(options, cloud.domain),
            errands.counts()};
  XL_TRY(const auto http,
         net::start_http_server(http_options(options, cloud), [&site](net::HttpRequest request, auto responder) {
           site.handle(std::move(request), std::move(responder));
         }));
  std::optional<installation::BackupSchedule> backups;
  const installation::OnboardingRounds rounds(
      *cloud.registry, gateway->presence(),
      {options.claim_times, options.transfer_expiry, claim_attempts, &gateway->bus(), options.sweeps,
       settings.read_certificate, cloud.folder});
  gateway->watch_rivals([registry = cloud.registry.get()](const gateway::Rivals& rivals) { note(*registry, rivals); });
  const installation::ClaimEvents events(*cloud.registry, gateway->bus());
  if (options.backup_every > std::chrono::seconds(0)) backups.emplace(cloud.folder, options.backup_every);
  announce(*gateway, *http, staging, cloud);

  int signal = 0;
  sigwait(&stop_signals, &signal);
  log::info("serve", "stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  api->stop();
  http->drain(kDrainSeconds);
  gateway->drain(kDrainSeconds);
  return {};
}

Status serve_as_worker() {
  std::signal(SIGXFSZ, SIG_IGN);
  return gateway::run_worker(
      [](const std::string& file) { return store::open_sqlite(file, store::Opener::another_of_server); });
}

}  // namespace xl::app
