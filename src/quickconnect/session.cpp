// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/session.hpp"

#include <cstdio>

#include "quickconnect/connect.hpp"
#include "quickconnect/demo.hpp"
#include "quickconnect/invitation.hpp"
#include "quickconnect/prompt.hpp"
#include "quickconnect/qr_code.hpp"
#include "quickconnect/serial_port.hpp"

namespace xl::quickconnect {
namespace {

constexpr int kDone = 0, kWrongHere = 1, kNotConnected = 2, kInterrupted = 130;

class Session {
 public:
  Session(const Plan& plan, ConsoleTerminal& terminal) : plan_(plan), terminal_(terminal) {}

  Status run() {
    XL_TRY(const Config config, read_config(plan_.config));
    const auto port = open_serial_port(config.serial_port, terminal_.interrupt_fd());
    if (!port) return fail(Error{port.error().code, port.error().detail + " It is SerialPort in config.txt."});
    AtClient at(**port);
    Module module(at);
    XL_TRY(const std::string thing_name, set_up(module, config, terminal_));
    failure_ = kNotConnected;
    XL_CHECK(connect(module, terminal_));
    failure_ = kWrongHere;
    XL_TRY(const std::string url, invite_viewer(module, thing_name, terminal_));
    show_page(url);
    XL_CHECK(demonstrate(module));
    return plan_.interactive ? run_prompt(module, terminal_) : Status();
  }

  int failure() const { return failure_; }

 private:
  void show_page(const std::string& url) {
    terminal_.say("\nOpen this page to watch the data; whoever has the address can, for 24 hours:\n");
    terminal_.say("URL: " + url + "\n");
    const auto code = encode_qr(url);
    if (code && terminal_.draws() && terminal_.columns() >= code->size + 8) terminal_.draw(draw_qr(*code) + "\n");
  }

  Status demonstrate(Module& module) {
    XL_TRY(const DemoResult result, run_demo(module, terminal_, plan_.demo));
    terminal_.say("Sent " + std::to_string(result.sent - result.failed) + " of " + std::to_string(result.sent) +
                  " messages.");
    if (result.failed == 0 || plan_.interactive) return {};
    return fail(Error::unavailable(std::to_string(result.failed) + " messages were not sent."));
  }

  const Plan& plan_;
  ConsoleTerminal& terminal_;
  int failure_ = kWrongHere;
};

}  // namespace

int run(const Plan& plan) {
  ConsoleTerminal terminal(plan.interactive);
  Session session(plan, terminal);
  const Status status = session.run();
  if (terminal.is_interrupted()) return plan.interactive ? kDone : kInterrupted;
  if (status || terminal.wants_to_end()) return kDone;
  if (terminal.draws()) terminal.say("");
  std::fprintf(stderr, "%s\n", status.error().detail.c_str());
  return session.failure();
}

}  // namespace xl::quickconnect
