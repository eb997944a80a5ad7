// SPDX-License-Identifier: Apache-2.0
#include "transcript/directives.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <sstream>

#include "transcript/transcript.hpp"

namespace xl::tests {
namespace {

using module::ports::NetworkLink;
using module::ports::TransportFault;
using platform::sim::Bench;

std::string word(std::istringstream& in) {
  std::string text;
  in >> text;
  return text;
}

/// What follows the words read so far, C escapes undone.
std::string rest(std::istringstream& in) {
  std::string text;
  if (in.peek() == ' ') in.get();
  std::getline(in, text);
  return without_c_escapes(text);
}

long number(std::istringstream& in) {
  long value = -1;
  in >> value;
  EXPECT_GE(value, 0) << "a number is missing";
  return value;
}

bool is_on(std::istringstream& in) { return word(in) == "on"; }

void set_link(Bench& bench, std::istringstream& in) {
  const std::string state = word(in);
  bench.link.state_now = state == "up"     ? NetworkLink::State::up
                         : state == "down" ? NetworkLink::State::down
                                           : NetworkLink::State::joining;
}

void set_fault(Bench& bench, std::istringstream& in) {
  const std::string fault = word(in);
  bench.broker.manners.fault = fault == "unreachable"         ? TransportFault::unreachable
                               : fault == "not_authenticated" ? TransportFault::not_authenticated
                                                              : TransportFault::none;
}

void withhold(Bench& bench, std::istringstream& in) {
  auto& manners = bench.broker.manners;
  (word(in) == "subacks" ? manners.withholds_subacks : manners.withholds_pubacks) = true;
}

void release(Bench& bench, std::istringstream& in) {
  word(in) == "subacks" ? bench.broker.release_subacks() : bench.broker.release_pubacks();
}

void flood(Bench& bench, std::istringstream& in) {
  const long count = number(in);
  const std::string topic = word(in);
  const std::string payload = rest(in);
  for (long i = 0; i < count; ++i) bench.broker.publish(topic, payload);
}

void expect_published(Bench& bench, std::istringstream& in) {
  const long qos = number(in);
  const std::string topic = word(in);
  const std::string payload = rest(in);
  ASSERT_FALSE(bench.broker.published.empty());
  EXPECT_EQ(bench.broker.published.back().topic, topic);
  EXPECT_EQ(bench.broker.published.back().payload, payload);
  EXPECT_EQ(bench.broker.published.back().qos, qos);
}

void expect_subscriptions(Bench& bench, std::istringstream& in) {
  std::vector<std::string> wanted;
  for (std::string filter; in >> filter;) wanted.push_back(filter);
  EXPECT_EQ(bench.broker.subscriptions, wanted);
}

/// `awake`, or the mode.
void expect_sleep(Bench& bench, std::istringstream& in) {
  const std::string wanted = word(in);
  EXPECT_EQ(bench.power.mode ? std::to_string(*bench.power.mode) : "awake", wanted);
  if (bench.power.mode) EXPECT_TRUE(bench.link.is_away);
}

void set_wall(Bench& bench, std::istringstream& in) { bench.clock.set_wall(module::ports::Millis(number(in))); }

void enter_credentials(Bench& bench, std::istringstream& in) {
  const std::string ssid = word(in);
  const std::string passphrase = word(in);
  EXPECT_EQ(bench.enter_credentials(ssid, passphrase), word(in) != "refused");
}

using DiagnosticEvent = module::ports::DiagnosticEvent;

/// `<ms>`, and the TCP port if it was no ICMP echo.
void answer_ping(Bench& bench, std::istringstream& in) {
  DiagnosticEvent event{.kind = DiagnosticEvent::Kind::answered};
  event.round_trip = module::ports::Millis(number(in));
  if (in.peek() == ' ') event.tcp_port = static_cast<std::uint16_t>(number(in));
  bench.diagnose(event);
}

void fail_ping(Bench& bench, std::istringstream& in) {
  const std::string why = rest(in);
  bench.diagnose({.kind = DiagnosticEvent::Kind::failed, .text = why});
}

/// `<dBm> <SSID>`
void find_network(Bench& bench, std::istringstream& in) {
  DiagnosticEvent event{.kind = DiagnosticEvent::Kind::network};
  in >> event.signal_dbm;
  const std::string ssid = rest(in);
  event.text = ssid;
  bench.diagnose(event);
}

/// `idle`, `ping <host>` or `scan <seconds>`
void expect_diagnosis(Bench& bench, std::istringstream& in) {
  const std::string wanted = word(in);
  EXPECT_EQ(bench.diagnostics.is_busy, wanted != "idle");
  if (wanted == "ping") EXPECT_EQ(bench.diagnostics.host, word(in));
  if (wanted == "scan") EXPECT_EQ(bench.diagnostics.longest_scan.count(), number(in));
}

void remove_diagnostics(Bench& bench, std::istringstream&) {
  bench.has_diagnostics = false;
  bench.power_cycle();
}

using Directive = void (*)(Bench&, std::istringstream&);

const std::map<std::string, Directive> kDirectives{
    {"wait", [](Bench& b, std::istringstream& in) { b.advance(module::ports::Millis(number(in))); }},
    {"link", &set_link},
    {"fault", &set_fault},
    {"silent", [](Bench& b, std::istringstream& in) { b.broker.manners.is_silent = is_on(in); }},
    {"connack",
     [](Bench& b, std::istringstream& in) { b.broker.manners.connack = static_cast<std::uint8_t>(number(in)); }},
    {"drops-at-login", [](Bench& b, std::istringstream& in) { b.broker.manners.drops_at_login = is_on(in); }},
    {"refuses", [](Bench& b, std::istringstream& in) { b.broker.manners.refuses_filter = word(in); }},
    {"drops-on", [](Bench& b, std::istringstream& in) { b.broker.manners.drops_on = word(in); }},
    {"drop", [](Bench& b, std::istringstream&) { b.broker.drop(); }},
    {"withhold", &withhold},
    {"release", &release},
    {"flood", &flood},
    {"power-cycle", [](Bench& b, std::istringstream&) { b.power_cycle(); }},
    {"wake-pin", [](Bench& b, std::istringstream&) { b.wake_pin(); }},
    {"deepest-sleep", [](Bench& b, std::istringstream& in) { b.power.deepest = static_cast<unsigned>(number(in)); }},
    {"expect-sleep", &expect_sleep},
    {"reset-pin", [](Bench& b, std::istringstream&) { b.reset_pin(); }},
    {"onboard", [](Bench& b, std::istringstream&) { b.onboard(); }},
    {"connect", [](Bench& b, std::istringstream&) { b.connect(); }},
    {"drain", [](Bench& b, std::istringstream&) { b.drain_events(); }},
    {"wall-clock", &set_wall},
    {"confmode-works", [](Bench& b, std::istringstream&) { b.provisioner.can_start = true; }},
    {"credentials", &enter_credentials},
    {"nobody-enters", [](Bench& b, std::istringstream&) { b.give_up_provisioning(); }},
    {"ping-answered", &answer_ping},
    {"ping-failed", &fail_ping},
    {"found", &find_network},
    {"scanned", [](Bench& b, std::istringstream&) { b.diagnose({.kind = DiagnosticEvent::Kind::scanned}); }},
    {"no-radio", [](Bench& b, std::istringstream&) { b.diagnostics.has_radio = false; }},
    {"no-diag", &remove_diagnostics},
    {"expect-diagnosis", &expect_diagnosis},
    {"expect-verbosity", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.diagnostics.verbosity, number(in)); }},
    {"expect-confmode",
     [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.provisioner.is_started, word(in) == "on"); }},
    {"expect-confmode-name", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.provisioner.name, rest(in)); }},
    {"expect-joined",
     [](Bench& b, std::istringstream& in) {
       EXPECT_EQ(b.link.joined_ssid, word(in));
       EXPECT_EQ(b.link.joined_passphrase, word(in));
     }},
    {"message",
     [](Bench& b, std::istringstream& in) {
       const auto t = word(in);
       b.broker.publish(t, rest(in), 1);
     }},
    {"retained",
     [](Bench& b, std::istringstream& in) {
       const auto t = word(in);
       b.broker.publish(t, rest(in), 1, true);
     }},
    {"expect-published", &expect_published},
    {"expect-subscriptions", &expect_subscriptions},
    {"expect-publications",
     [](Bench& b, std::istringstream& in) {
       EXPECT_EQ(b.broker.published.size(), static_cast<std::size_t>(number(in)));
     }},
    {"expect-attempts", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.transport.opens, number(in)); }},
    {"expect-acknowledged",
     [](Bench& b, std::istringstream& in) {
       EXPECT_EQ(b.broker.acknowledged.size(), static_cast<std::size_t>(number(in)));
     }},
    {"expect-host", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.transport.host, word(in)); }},
    {"expect-username", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.broker.login.value().username, rest(in)); }},
    {"expect-pings", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.broker.pings, number(in)); }},
    {"expect-event-pin", [](Bench& b, std::istringstream& in) { EXPECT_EQ(b.pins.event, word(in) == "high"); }},
};

}  // namespace

void run_directive(Bench& bench, const std::string& text) {
  std::istringstream in(text);
  const auto found = kDirectives.find(word(in));
  ASSERT_NE(found, kDirectives.end()) << "no such directive";
  found->second(bench, in);
}

}  // namespace xl::tests
