// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>

namespace xl::storm {
namespace {

constexpr const char* kExamples = R"(
A run has three parts: all modules connect; connected together they hold, and publish; then they leave. Progress goes
to standard error each second, the summary to standard output. The exit code is 0 when nothing failed.

How many new modules per second does my cloud take? (every identity connects once, as fast as 64 at a time go)
  expresslink-storm --identities batch-1 --connect-to 192.0.2.7:8883
A power cut: 9000 known modules come back within a minute and stay for five:
  expresslink-storm --identities batch-1 --modules 9000 --rate 150 --hold 300
Round trips, each module hears what it publishes, ten messages a second each for half a minute:
  expresslink-storm --identities batch-1 --modules 100 --hold 30 --publish-every 100 --subscribe
As many QoS 1 messages as go through:
  expresslink-storm --identities batch-1 --modules 20 --hold 10 --publish-every 0 --qos 1 --subscribe
What do session tickets save? (TLS 1.2, each module connects eleven times, ten of them with its last session)
  expresslink-storm --identities batch-1 --tls12 --resume --reconnects 10
Modules in staging that are claimed meanwhile: each goes where it is told to go; "arrived THING at MICROSECONDS" says
when it is there, by the monotonic clock
  expresslink-storm --identities batch-1 --follow --hold 60

Identities are made with:  expresslink-factory issue --ca ca --count 1000 --out batch-1
)";

void add_target(CLI::App& app, Options& options) {
  app.add_option("--identities", options.identities, "Folder of identity folders (expresslink-factory issue)")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--endpoint", options.endpoint, "Name to ask for and to verify [the identities' own]");
  app.add_option("--connect-to", options.connect_to, "ADDR:PORT to connect to [the endpoint, port 8883]");
  app.add_option("--root-ca", options.root_ca_file, "Roots to trust, PEM [the first identity's own]")
      ->check(CLI::ExistingFile);
}

void add_connecting(CLI::App& app, Options& options) {
  app.add_option("--modules", options.modules, "How many modules; each needs an identity [all of them]");
  app.add_option("--rate", options.rate, "Connection attempts per second, 0: as fast as possible")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--concurrency", options.concurrency, "Connection attempts under way at once")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds, "Seconds after which an attempt or an answer has failed")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--reconnects", options.reconnects, "How often each module connects again")->capture_default_str();
  app.add_flag("--tls12", options.tls12, "TLS 1.2 instead of the newest version both sides know");
  app.add_flag("--resume", options.resume, "Reconnect with the session ticket of the connection before");
}

void add_messages(CLI::App& app, Options& options) {
  app.add_option("--hold", options.hold_seconds, "Seconds that all stay connected once the last one is")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--publish-every", options.publish_every_ms,
                 "Milliseconds between two messages of a module while it holds; 0: as soon as one is answered")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--messages", options.messages, "Messages of each module, then it leaves [as long as --hold lasts]");
  app.add_option("--window", options.window, "Unanswered messages of a module with --publish-every 0")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--payload", options.payload_bytes, "Bytes of a message")
      ->check(CLI::Range(8, 128 * 1024))
      ->capture_default_str();
  app.add_option("--qos", options.qos, "Quality of service of messages")
      ->check(CLI::Range(0, 1))
      ->capture_default_str();
  app.add_option("--topic", options.topic, "Topic of a module; {thing} is its ThingName")->capture_default_str();
  app.add_flag("--subscribe", options.subscribe, "Each module subscribes to its topic: messages are round trips");
  app.add_flag(
      "--follow", options.follow,
      "Each module listens for its new endpoint in staging (guide 11.3.1) and connects there once; over when all "
      "have, or --hold is");
  app.add_flag("--json", options.json, "The summary as one JSON object");
}

const char* contradiction(const Options& options) {
  if (options.publishes() && !options.holds()) return "--publish-every needs --hold or --messages";
  if (options.messages > 0 && !options.publishes()) return "--messages needs --publish-every";
  if (options.unthrottled() && !options.subscribe && options.qos == 0)
    return "--publish-every 0 needs --subscribe or --qos 1: nothing would answer";
  if (options.follow && (options.hold_seconds == 0 || options.publishes() || options.subscribe))
    return "--follow needs --hold, and sends no messages";
  if (options.resume && options.reconnects == 0) return "--resume needs --reconnects";
  return nullptr;
}

}  // namespace

tl::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Open ExpressLink storm: thousands of modules in one process, real mutual TLS and MQTT.");
  app.footer(kExamples);
  add_target(app, options);
  add_connecting(app, options);
  add_messages(app, options);
  try {
    app.parse(argc, argv);
    if (const char* reason = contradiction(options)) throw CLI::ValidationError(reason);
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(app.exit(error));
  }
  return options;
}

}  // namespace xl::storm
