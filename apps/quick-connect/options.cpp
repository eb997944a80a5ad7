// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>

namespace xl::app {
namespace {

constexpr const char* kExamples = R"(
config.txt beside you tells the serial port of your kit and, for Wi-Fi kits, the network:
  SerialPort=/dev/ttyUSB0
  SSID=my network
  Passphrase=its secret

Examples:
  quick-connect
  quick-connect --config ./kit/config.txt --seconds 30

Exit codes: 0 done; 1 something here is wrong (config.txt, serial port, module) or data was not sent; 2 the module does
not connect; 130 interrupted with --no-interactive.
)";

}  // namespace

tl::expected<quickconnect::Plan, int> parse_options(int argc, char** argv) {
  quickconnect::Plan plan;
  long seconds = plan.demo.count();
  bool no_interactive = false;
  CLI::App app("Connects an ExpressLink kit, shows its data on a web page, then hands you the terminal.",
               "quick-connect");
  app.footer(kExamples);
  app.set_version_flag("--version", XL_VERSION);
  app.add_option("--config", plan.config, "The kit's settings")->capture_default_str();
  app.add_option("--seconds", seconds, "How long sample data is sent")
      ->capture_default_str()
      ->check(CLI::Range(0L, 86400L));
  app.add_flag("--no-interactive", no_interactive, "End after the demo; exit code 0 if all data was sent");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tl::make_unexpected(app.exit(error));
  }
  plan.demo = std::chrono::seconds(seconds);
  plan.interactive = !no_interactive;
  return plan;
}

}  // namespace xl::app
