// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/prompt.hpp"

#include "base/text.hpp"
#include "quickconnect/demo.hpp"
#include "quickconnect/line_editor.hpp"

namespace xl::quickconnect {
namespace {

constexpr std::string_view kPrompt = "AT> ";
constexpr std::string_view kAfterLoss =
    "AT+CONNECT connects again and AT+SUBSCRIBE2 brings commands back (after a reset, AT+CONF Topic1=data and AT+CONF "
    "Topic2=state come first).";
constexpr std::chrono::milliseconds kPollEvery{500};
constexpr std::size_t kCertificateBytesMax = 9 << 10;

class Prompt {
 public:
  Prompt(Module& module, ConsoleTerminal& terminal) : module_(module), terminal_(terminal) {}

  Status run() {
    while (true) {
      draw_line();
      const auto bytes = terminal_.read(kPollEvery);
      if (!bytes) return farewell();
      if (bytes->empty()) XL_CHECK(show_events());
      for (const char byte : *bytes) {
        const auto outcome = editor_.feed(byte);
        if (outcome == LineEditor::Outcome::end && terminal_.has_keyboard()) return farewell();
        if (outcome == LineEditor::Outcome::line) XL_CHECK(enter(editor_.take()));
      }
    }
  }

 private:
  bool edits() const { return terminal_.has_keyboard() && terminal_.draws(); }
  void draw_line() {
    if (!edits()) return;
    std::string line = editor_.render(kPrompt, terminal_.columns());
    if (line == drawn_) return;  // every half second a blink, and noise for a screen reader
    terminal_.draw(line);
    drawn_ = std::move(line);
  }
  void clear_line() {
    if (edits()) terminal_.draw("\r\x1b[K");
    drawn_.clear();
  }
  void say(std::string_view line) {
    clear_line();
    terminal_.say(line);
  }
  /// A line of input without its end is a command all the same when input ends.
  Status farewell() {
    if (!terminal_.has_keyboard() && !terminal_.is_interrupted()) XL_CHECK(enter(editor_.take()));
    clear_line();
    return {};
  }

  Status enter(const std::string& line) {
    if (edits()) terminal_.say(std::string("\r") + std::string(kPrompt) + printable(line) + "\x1b[K");
    drawn_.clear();
    if (certificate_.empty() && trim(line).empty()) return {};
    certificate_ += certificate_.empty() ? line : "\n" + line;
    if (is_unfinished_certificate()) return {};
    return run_command(std::exchange(certificate_, {}));
  }

  /// `AT+CONF key=pem` takes more lines, to the end of the certificate. source: guide 8.11.3
  bool is_unfinished_certificate() const {
    const std::string first = to_lower(certificate_.substr(0, certificate_.find('\n')));
    if (!first.starts_with("at+conf ") || !trim(first).ends_with("=pem")) return false;
    return !certificate_.ends_with("-----END CERTIFICATE-----") && certificate_.size() < kCertificateBytesMax;
  }

  Status run_command(const std::string& command) {
    if (!to_lower(command).starts_with("at")) {
      say("Commands begin with AT, for example: AT+SEND1 {\"temperature\": 20}");
      return {};
    }
    const auto reply = module_.run(command);
    if (reply) {
      const std::string text = reply->text();
      for (const std::string_view line : split(text, '\n')) say(printable(line));
      return show_events();
    }
    if (terminal_.is_interrupted()) return {};
    if (reply.error().code != Errc::unavailable) return fail(reply.error());
    say(reply.error().detail);
    return module_.find();
  }

  Status show_events() {
    for (int i = 0; i < 16; ++i) {
      const auto event = module_.next_event();
      if (terminal_.is_interrupted()) return {};
      if (!event) return event.error().code == Errc::unavailable ? module_.find() : fail(event.error());
      if (!*event) return {};
      clear_line();
      XL_TRY(const Shown shown, show_event(module_, terminal_, **event));
      if (!shown.is_connected) say(kAfterLoss);
    }
    return {};
  }

  Module& module_;
  ConsoleTerminal& terminal_;
  LineEditor editor_;
  std::string certificate_;
  std::string drawn_;  ///< what stands on the terminal's last line now
};

}  // namespace

Status run_prompt(Module& module, ConsoleTerminal& terminal) {
  terminal.say("The terminal is yours: type AT commands, for example AT+SEND1 {\"temperature\": 20}. Ctrl-D ends.");
  return Prompt(module, terminal).run();
}

}  // namespace xl::quickconnect
