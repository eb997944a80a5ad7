// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/demo.hpp"

#include <cmath>
#include <cstdio>

#include "base/text.hpp"
#include "quickconnect/connect.hpp"
#include "quickconnect/invitation.hpp"

namespace xl::quickconnect {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kNoConnection = 6;
constexpr int kParameterUndefined = 8;
constexpr std::chrono::milliseconds kPollEvery{100};
constexpr std::chrono::milliseconds kRetryAfter{1'000};
constexpr int kEventsAtOnce = 64;

class Demo {
 public:
  Demo(Module& module, Terminal& terminal, std::chrono::seconds length)
      : module_(module), terminal_(terminal), length_(length) {}

  Result<DemoResult> run() {
    start_ = Clock::now();
    for (int second = 0; std::chrono::seconds(second) < length_; ++second) {
      XL_CHECK(publish(second));
      XL_CHECK(listen_until(start_ + std::chrono::seconds(second + 1)));
      // A reconnection may have taken long: go on with the second it is now.
      second = static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start_).count()) - 1;
    }
    return result_;
  }

 private:
  Status publish(int second) {
    const std::string sample = sample_telemetry(second, led_is_on_);
    XL_TRY(const AtReply reply, module_.send(kDataTopic, sample));
    ++result_.sent;
    if (reply.is_ok()) {
      terminal_.progress(std::to_string(second + 1) + " of " + std::to_string(length_.count()) + " s  data " + sample);
      return {};
    }
    ++result_.failed;
    terminal_.say("AT+SEND1 failed: " + printable(reply.text()));
    if (reply.error == kNoConnection || reply.error == kParameterUndefined) return reconnect();
    return {};
  }

  Status listen_until(Clock::time_point end) {
    do {
      XL_CHECK(show_pending_events());
      XL_CHECK(terminal_.wait(kPollEvery));
    } while (Clock::now() < end);
    return {};
  }

  Status show_pending_events() {
    for (int i = 0; i < kEventsAtOnce; ++i) {
      XL_TRY(const auto event, module_.next_event());
      if (!event) return {};
      XL_TRY(const Shown shown, show_event(module_, terminal_, *event));
      obey(trim(shown.command));
      if (!shown.is_connected) XL_CHECK(reconnect());
    }
    return {};
  }

  void obey(std::string_view command) {
    if (command == "led on") led_is_on_ = true;
    if (command == "led off") led_is_on_ = false;
  }

  /// source: guide 11.3.2
  Status check_still_staged() {
    XL_TRY(const bool onboarded, module_.is_onboarded());
    if (!onboarded) return {};
    XL_TRY(const std::string endpoint, module_.get("Endpoint"));
    return fail(Error::conflict("The module was onboarded: it now belongs to the account at " + printable(endpoint) +
                                ". Quick Connect ends here, so that no sample data goes there."));
  }

  /// The cloud may be away for longer than one attempt: goes on trying for as long as the demo lasts.
  Status reconnect() {
    while (true) {
      XL_CHECK(check_still_staged());
      Status status = connect(module_, terminal_);
      if (status) status = use_demo_topics(module_);
      const bool may_pass = !status && (status.error().code == Errc::unavailable || is_refusal(status.error()));
      if (!may_pass || Clock::now() >= start_ + length_) return status;
      terminal_.say(status.error().detail);
      XL_CHECK(terminal_.wait(kRetryAfter));
    }
  }
  /// By the module: the connection was lost again in between.
  static bool is_refusal(const Error& error) { return error.code == Errc::invalid_argument; }

  Module& module_;
  Terminal& terminal_;
  std::chrono::seconds length_;
  Clock::time_point start_;
  DemoResult result_;
  bool led_is_on_ = false;
};

/// `OK1 topic`, then the message. source: guide 5.1.5
Status show_unassigned_message(Module& module, Terminal& terminal) {
  XL_TRY(const AtReply reply, module.run("AT+GET0"));
  if (reply.lines.empty()) return {};
  terminal.say("message on " + printable(unescape(reply.detail)) + ": " + printable(unescape(reply.lines[0])));
  return {};
}

}  // namespace

std::string sample_telemetry(int second, bool led_is_on) {
  const double t = second;
  const double temperature = 21.5 + 2.5 * std::sin(t / 9.0) + 0.3 * std::sin(t * 1.7);
  const double humidity = 48.0 + 6.0 * std::cos(t / 13.0) + 0.5 * std::sin(t * 2.3);
  const double light = 400.0 + 120.0 * std::sin(t / 21.0) + 25.0 * std::sin(t * 0.9) + (led_is_on ? 150.0 : 0.0);
  char text[128];
  std::snprintf(text, sizeof text, R"({"temperature":%.2f,"humidity":%.1f,"light":%.0f,"led":%s})", temperature,
                humidity, light, led_is_on ? "true" : "false");
  return text;
}

Result<Shown> show_event(Module& module, Terminal& terminal, const Event& event) {
  if (event.id == Event::kMsg && event.parameter == kStateTopic) {
    XL_TRY(std::string command, module.next_message(kStateTopic));
    terminal.say("command: " + printable(command));
    return Shown{true, std::move(command)};
  }
  if (event.id == Event::kMsg && event.parameter == 0) {
    XL_CHECK(show_unassigned_message(module, terminal));
    return Shown{};
  }
  if (event.id == Event::kConLost || event.id == Event::kStartup) {
    terminal.say(event.id == Event::kConLost ? "The connection is lost." : "The module was reset.");
    return Shown{false, {}};
  }
  if (event.id != Event::kSubAck) {
    terminal.say("event: " + std::to_string(event.id) + " " + std::to_string(event.parameter) + " " +
                 printable(event.mnemonic));
  }
  return Shown{};
}

Result<DemoResult> run_demo(Module& module, Terminal& terminal, std::chrono::seconds length) {
  return Demo(module, terminal, length).run();
}

}  // namespace xl::quickconnect
