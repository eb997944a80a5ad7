// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "platform/linux/confmode_page.hpp"
#include "version.hpp"

namespace xl::app {
namespace {

constexpr const char* kExample = R"(
Example: issue an identity, start its module, talk to it.
  expresslink-factory issue --ca ./ca --count 1 --out ./modules
  expresslink-module --identity ./modules --state ./state --pty ./module
  ready: /home/you/module        <- the serial port, for quick-connect or any terminal:
  screen ./module                <- type AT and Enter; the answer is OK
Or over TCP, with --tcp 127.0.0.1:4000:
  nc 127.0.0.1 4000
Or without a serial port:
  printf 'AT\nAT+CONF? ThingName\n' | expresslink-module --identity ./modules --state ./state --stdio
)";

void add_line(CLI::App& app, Options& options) {
  CLI::App* line = app.add_option_group("Line to the host");
  line->add_option("--pty", options.pty, "Make a virtual serial port and a link to it")->type_name("LINK");
  line->add_option("--serial", options.serial, "Use a real serial port, 115200 8N1")->type_name("DEV");
  line->add_flag("--stdio", options.stdio, "Standard input and output; ends with the input");
  line->add_option("--tcp", options.tcp, "Listen for the host on a TCP port, one at a time; port 0 takes a free one")
      ->type_name("HOST:PORT");
  line->require_option(1);
}

void add_factory_values(CLI::App& app, Options& options) {
  app.add_option("--factory-endpoint", options.factory_endpoint, "Instead of the identity's staging endpoint")
      ->type_name("HOST");
  app.add_option("--factory-root-ca", options.factory_root_ca, "Instead of the identity's root-ca.pem")
      ->type_name("FILE");
}

/// Of ADDR:PORT or [IPv6]:PORT; throws the library's error, which explains itself.
void set_confmode(Options& options, const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, options.confmode_port);
    options.confmode_address = text.substr(0, colon);
    auto& address = options.confmode_address;
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    if (error == std::errc() && stop == end && platform::ConfmodePage::is_address(address)) return;
  }
  throw CLI::ValidationError("--confmode: \"" + text + "\" is not ADDRESS:PORT, like 192.168.4.1:80 or [::1]:8080");
}

void add_wifi(CLI::App& app, Options& options) {
  app.add_option("--wifi", options.wifi,
                 "none: the host's own network, whatever SSID says; simulator:FILE: networks from a file; "
                 "wpa:SOCKET: wpa_supplicant's control socket")
      ->type_name("KIND")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--confmode", [&options](const std::string& text) { set_confmode(options, text); },
         "Have CONFMODE: a page at this address where a person enters SSID and passphrase; port 0 takes a free one")
      ->type_name("ADDR:PORT");
}

void add_pins(CLI::App& app, Options& options) {
  CLI::App* pins = app.add_option_group("Pins", "Lines of GPIO chips, as gpioinfo names them");
  const auto add = [pins](const char* name, std::optional<platform::GpioLine>& line, const char* meaning) {
    const auto parse = [&line, name](const std::string& text) {
      auto parsed = platform::GpioLine::parse(text);
      if (!parsed) throw CLI::ValidationError(std::string(name) + ": " + parsed.error().detail);
      line = std::move(*parsed);
    };
    pins->add_option_function<std::string>(name, parse, meaning)->type_name("CHIP:LINE");
  };
  add("--event-pin", options.pins.event, "EVENT, output: high while events wait");
  add("--reset-pin", options.pins.reset, "RST, input: low holds the module in reset");
  add("--wake-pin", options.pins.wake, "WAKE, input, active low: ends SLEEP");
}

}  // namespace

tl::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Open ExpressLink module: AT commands on a serial line, MQTT over mutual TLS to the cloud.");
  app.footer(kExample);
  app.set_version_flag("--version", std::string(firmware_version()));
  app.add_option("--identity", options.identity, "The identity folder, as expresslink-factory issued it")
      ->option_text("DIR (required)")
      ->required();
  app.add_option("--state", options.state, "Where this module keeps its settings; made when missing, never shared")
      ->option_text("DIR (required)")
      ->required();
  add_line(app, options);
  app.add_option("--port", options.port, "TCP port of every Endpoint")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  add_factory_values(app, options);
  add_wifi(app, options);
  add_pins(app, options);
  const std::map<std::string, log::Level> levels{{"debug", log::Level::debug},
                                                 {"info", log::Level::info},
                                                 {"warn", log::Level::warn},
                                                 {"error", log::Level::error}};
  app.add_option("--log-level", options.log_level, "debug, info, warn or error, on standard error")
      ->option_text("LEVEL [info]")
      ->transform(CLI::CheckedTransformer(levels));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(app.exit(error));
  }
  return options;
}

}  // namespace xl::app
