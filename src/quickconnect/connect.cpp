// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/connect.hpp"

#include <array>

#include "base/text.hpp"

namespace xl::quickconnect {
namespace {

constexpr int kUnableToConnect = 14;
constexpr int kBackOffWaitsMax = 150;
constexpr int kEventsMax = 1000;

constexpr std::array<std::string_view, 7> kAdvice{
    "",
    "the module still waits before it may try again.",
    "no network. Check SSID and Passphrase in config.txt (2.4 GHz?), the antenna, or the SIM card.",
    "the endpoint cannot be reached. The network works, the cloud does not answer: is it running, does a firewall "
    "block port 8883?",
    "the secure connection failed. The module and the cloud do not trust each other: is the module's CA enrolled, is "
    "the RootCA key of the module the cloud's, is the clock right?",
    "the cloud refused the login. Its log tells why: certificate inactive, policy missing or provisioning failed.",
    "the cloud closed the connection at the jobs topics. Check the policy of the module's certificate.",
};

std::string_view hint_of(const AtReply& reply) { return split(reply.detail, ' ')[0]; }

Error explain(const AtReply& reply) {
  const std::string said = "The module answers AT+CONNECT with: " + printable(reply.text());
  const std::string_view hint = hint_of(reply);
  const std::size_t step = hint.empty() ? 0 : static_cast<std::size_t>(hint[0] - '0');
  if (reply.error != kUnableToConnect || step == 0 || step >= kAdvice.size()) return Error::unavailable(said);
  return Error::unavailable(said + "\nThat means: " + std::string(kAdvice[step]));
}

bool backs_off(const AtReply& reply) { return reply.error == kUnableToConnect && split(hint_of(reply), '.')[0] == "1"; }

Status count_down(int seconds, Terminal& terminal) {
  for (int left = seconds; left > 0; --left) {
    terminal.progress("The module waits before the next attempt; trying again in " + std::to_string(left) + " s …");
    XL_CHECK(terminal.wait(std::chrono::seconds(1)));
  }
  return {};
}

Status forget_old_events(Module& module) {
  for (int i = 0; i < kEventsMax; ++i) {
    XL_TRY(const auto event, module.next_event());
    if (!event) return {};
  }
  return {};
}

Status join_network(Module& module, const Config& config, Terminal& terminal) {
  for (const auto& [key, value] : {std::pair{"SSID", &config.ssid}, std::pair{"Passphrase", &config.passphrase}}) {
    if (value->empty()) continue;
    XL_TRY(const bool known, module.set_if_known(key, *value));
    if (!known) {
      terminal.say("This model has no Wi-Fi: SSID and Passphrase of config.txt are not used.");
      return {};
    }
  }
  return {};
}

}  // namespace

Result<std::string> set_up(Module& module, const Config& config, Terminal& terminal) {
  terminal.progress("Looking for the module on " + config.serial_port + " …");
  if (const Status found = module.find(); !found) {
    if (found.error().code != Errc::unavailable) return fail(found.error());
    return fail(Error::unavailable("No ExpressLink module answers on " + config.serial_port +
                                   ". Check the cable, the power and the port's name in config.txt; disconnect other "
                                   "terminal applications from it. A module that is still busy with an AT+CONNECT "
                                   "answers after at most two minutes."));
  }
  XL_TRY(const std::string about, module.get("About"));
  XL_TRY(const std::string thing_name, module.get("ThingName"));
  terminal.say("Module      " + printable(about));
  terminal.say("ThingName   " + printable(thing_name));
  XL_TRY(const bool onboarded, module.is_onboarded());
  if (onboarded) {
    return fail(
        Error::conflict("This module is onboarded: it belongs to a customer's account, and Quick Connect needs the "
                        "staging account.\nAT+FACTORY_RESET brings it back there (it forgets its Endpoint and "
                        "its network keys)."));
  }
  XL_CHECK(join_network(module, config, terminal));
  XL_CHECK(forget_old_events(module));
  return thing_name;
}

Status connect(Module& module, Terminal& terminal) {
  for (int attempt = 0; attempt < kBackOffWaitsMax; ++attempt) {
    terminal.progress("Connecting (this can take two minutes) …");
    XL_TRY(const AtReply reply, module.connect());
    if (reply.is_ok()) {
      terminal.say("Connected");
      return {};
    }
    if (!backs_off(reply)) return fail(explain(reply));
    XL_CHECK(count_down(1 + attempt % 2, terminal));
  }
  return fail(Error::unavailable("The module did not connect: " + std::string(kAdvice[1])));
}

}  // namespace xl::quickconnect
