// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include "base/text.hpp"

namespace xl::app {
namespace {

net::HttpResponse plain(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}}, std::move(body)};
}

/// "[::1]:8080" -> "::1", "Localhost:80" -> "localhost"
std::string host_name(std::string_view host) {
  if (host.starts_with('[')) return to_lower(host.substr(1, host.find(']') - 1));
  return to_lower(host.substr(0, host.find(':')));
}

/// A page of another site that has its name resolve to our address (DNS rebinding) carries that name in Host.
bool is_our_host(const std::vector<std::string>& hosts, std::string_view header) {
  const std::string name = host_name(header);
  for (const std::string& host : hosts) {
    if (name == host || (host.starts_with("*.") && name.ends_with(host.substr(1)))) return true;
  }
  return false;
}

std::string metric(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
  const std::string full = "expresslink_" + std::string(name);
  return "# HELP " + full + " " + std::string(help) + "\n# TYPE " + full + " " + std::string(type) + "\n" + full + " " +
         std::to_string(value) + "\n";
}

std::string findings_text(cloud::RegistryStore& registry) {
  const auto view = registry.open_view();
  const auto counts = view ? (*view)->findings().open_counts() : fail(view.error());
  if (!counts) return "";
  std::string out =
      "# HELP expresslink_findings_open Findings that nobody has dealt with\n"
      "# TYPE expresslink_findings_open gauge\n";
  for (std::size_t kind = 0; kind < cloud::kFindingKindNames.size(); ++kind) {
    const auto found = counts->find(static_cast<cloud::FindingKind>(kind));
    out += "expresslink_findings_open{kind=\"" + std::string(cloud::kFindingKindNames[kind]) + "\"} " +
           std::to_string(found != counts->end() ? found->second : 0) + "\n";
  }
  return out;
}

std::string dormant_text(cloud::RegistryStore& registry) {
  const auto view = registry.open_view();
  const auto count = view ? (*view)->sightings().count_dormant() : fail(view.error());
  if (!count) return "";
  return metric("staging_dormant", "gauge", "Registrations in vendors' accounts that a sweep has put away",
                static_cast<std::uint64_t>(*count));
}

std::string errands_text(cloud::RegistryStore& registry, const installation::ErrandCounts& c) {
  std::string out =
      metric("elsewhere_prepared_total", "counter", "Modules registered in accounts elsewhere", c.prepared) +
      metric("elsewhere_withdrawn_total", "counter", "Modules taken out of accounts elsewhere", c.withdrawn) +
      metric("elsewhere_arrived_total", "counter", "Modules seen to arrive in accounts elsewhere", c.arrived) +
      metric("elsewhere_refused_total", "counter", "Attempts that an account elsewhere refused", c.refused) +
      metric("elsewhere_unanswered_total", "counter", "Attempts without an answer, or put off by it", c.unanswered);
  const auto view = registry.open_view();
  const auto counts = view ? (*view)->errands().counts() : fail(view.error());
  if (!counts) return out;
  out +=
      "# HELP expresslink_elsewhere_errands Modules of accounts elsewhere, by what is to be done for them\n"
      "# TYPE expresslink_elsewhere_errands gauge\n";
  for (std::size_t stage = 0; stage < cloud::kErrandStageNames.size(); ++stage) {
    const auto found = counts->find(static_cast<cloud::ErrandStage>(stage));
    out += "expresslink_elsewhere_errands{stage=\"" + std::string(cloud::kErrandStageNames[stage]) + "\"} " +
           std::to_string(found != counts->end() ? found->second : 0) + "\n";
  }
  return out;
}

std::string metrics_text(const gateway::Gateway& gateway) {
  const gateway::GatewayCounters c = gateway.counters();
  return metric("gateway_connections_total", "counter", "TCP connections accepted", c.connections_accepted) +
         metric("gateway_connections_refused_total", "counter", "Connections closed before TLS: throttled, or no room",
                c.connections_refused) +
         metric("gateway_handshake_failures_total", "counter", "TLS handshakes that failed", c.handshakes_failed) +
         metric("gateway_handshakes_resumed_total", "counter", "Connects over a resumed TLS session",
                c.handshakes_resumed) +
         metric("gateway_sessions", "gauge", "MQTT sessions open now", c.sessions_open) +
         metric("gateway_connects_total", "counter", "MQTT CONNECTs accepted", c.connects_accepted) +
         metric("gateway_connect_refusals_total", "counter", "MQTT CONNECTs refused", c.connects_refused) +
         metric("gateway_provisioned_total", "counter", "Devices provisioned just in time", c.provisioned) +
         metric("gateway_messages_in_total", "counter", "PUBLISH packets from devices", c.messages_in) +
         metric("gateway_messages_out_total", "counter", "PUBLISH packets to devices", c.messages_out) +
         metric("gateway_message_refusals_total", "counter", "PUBLISH packets refused", c.messages_refused) +
         metric("engine_ready", "gauge", "1 while the MQTT engine can be reached", gateway.engine_ready() ? 1 : 0);
}

}  // namespace

void Site::handle(net::HttpRequest request, std::shared_ptr<net::HttpResponder> responder) {
  const std::string path(request.path());
  if (!is_our_host(hosts, request.header("Host").value_or(""))) {
    responder->respond(plain(421,
                             "This server does not answer for the host name in the request. "
                             "Start it with --public-url to add a name.\n"));
  } else if (path == "/healthz") {
    const bool ready = gateway.engine_ready();
    responder->respond(plain(ready ? 200 : 503, ready ? "ok\n" : "the MQTT engine cannot be reached\n"));
  } else if (path == "/metrics") {
    responder->respond(plain(200, metrics_text(gateway) + findings_text(registry) + dormant_text(registry) +
                                      errands_text(registry, errands)));
  } else if (path == "/root-ca.pem") {
    responder->respond({200, {{"Content-Type", "application/x-pem-file"}}, root_ca_pem});
  } else if (console.handles(request)) {
    console.handle(std::move(request), std::move(responder));
  } else {
    api.handle(std::move(request), std::move(responder));
  }
}

}  // namespace xl::app
