// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "elsewhere_commands.hpp"

namespace xl::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  expresslink-cloud serve --data-dir ./cloud
  aws --endpoint-url http://127.0.0.1:8080 --profile staging iot list-things
      (with AWS_SHARED_CREDENTIALS_FILE=./cloud/credentials)
  expresslink-cloud account create acme --kind staging --data-dir ./cloud
  expresslink-cloud backup --data-dir ./cloud --out /mnt/backups/registry.sqlite
)";

Result<Address> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  Address address;
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error == std::errc() && stop == end && !address.host.empty()) {
      if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
      }
      return address;
    }
  }
  return fail(Error::invalid("\"" + text + "\" is not ADDRESS:PORT, like 127.0.0.1:8883 or [::1]:8883"));
}

/// Repeatable listener option; both loopback addresses when it is not given.
void add_listener(CLI::App& app, const std::string& name, std::vector<Address>& out, std::uint16_t port,
                  const std::string& what) {
  out = {{"127.0.0.1", port}, {"::1", port}};
  app.add_option_function<std::vector<std::string>>(
         name,
         [&out](const std::vector<std::string>& texts) {
           out.clear();
           for (const std::string& text : texts) {
             auto address = parse_address(text);
             if (!address) throw CLI::ValidationError(address.error().detail);
             out.push_back(*address);
           }
         },
         what + "; repeatable, port 0 takes any free one [loopback, " + std::to_string(port) + "]")
      ->type_name("ADDR:PORT");
}

void add_backup_every(CLI::App& app, Options& options) {
  const std::map<std::string, std::uint64_t> units{{"m", 60}, {"h", 3600}, {"d", 86400}};
  app.add_option_function<std::uint64_t>(
         "--backup-every",
         [&options](std::uint64_t seconds) {
           options.backup_every = std::chrono::seconds(static_cast<std::int64_t>(seconds));
         },
         "Back the registry up into DIR/backups; the newest 7 are kept, 0h makes none [24h]")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED))
      ->type_name("TIME(m|h|d)");
}

void add_time(CLI::App& app, const char* name, std::chrono::milliseconds& out, const char* what) {
  const std::map<std::string, std::uint64_t> units{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  app.add_option_function<std::uint64_t>(
         name, [&out](std::uint64_t seconds) { out = std::chrono::seconds(static_cast<std::int64_t>(seconds)); }, what)
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED))
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{3650} * 86400))
      ->type_name("TIME(s|m|h|d)");
}

void add_claim_times(CLI::App& serve, Options& options) {
  add_time(serve, "--claim-hold", options.claim_times.offline_hold,
           "How long a claim waits for a module that does not connect [30d]");
  add_time(serve, "--claim-arrival", options.claim_times.arrival,
           "How long a module may be on its way from staging to its customer before its claim counts as stalled [10m]");
  add_time(serve, "--transfer-expiry", options.transfer_expiry,
           "How long a certificate transfer waits for the other account, then the source has it back [14d]");
  add_time(serve, "--sweep-stale", options.sweeps.stale,
           "How long a module that nobody owns may be away before a vendor's account puts its thing away, until the "
           "module comes again [90d]");
  add_time(serve, "--sweep-moved", options.sweeps.moved, "The same for a module that a customer owns [1d]");
}

/// An option of those that the table of limits names.
void add_limit(CLI::App& serve, Options& options, cloud::limits::Limit limit) {
  const cloud::limits::Row& row = cloud::limits::row_of(limit);
  const std::string preset =
      row.initial() == 0 ? "no limit; AWS IoT: " + std::to_string(row.standard) : std::to_string(row.initial());
  serve
      .add_option_function<std::size_t>(
          std::string(row.note), [&options, limit](std::size_t value) { options.limits.set(limit, value); },
          "At most so many " + std::string(row.bounds) + ", where the account has no limit of its own; 0: no limit [" +
              preset + "]")
      ->check(CLI::Range(0, 1'000'000'000))
      ->type_name("UINT");
}

void add_limits_of_all(CLI::App& serve, Options& options) {
  for (std::size_t i = 0; i < cloud::limits::kLimits; ++i) {
    if (!cloud::limits::kTable[i].note.empty()) add_limit(serve, options, static_cast<cloud::limits::Limit>(i));
  }
}

void add_rates(CLI::App& serve, Options& options) {
  serve
      .add_option("--connects-per-certificate", options.connects_per_certificate,
                  "How often a certificate may connect in a second, thirty times as many at once; 0: no limit")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  serve
      .add_option("--unproven-attempts", options.unproven_attempts,
                  "Connection attempts a second from one address that do not turn out to be a device's; twenty times "
                  "as many at once")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

void add_serve(CLI::App& app, Options& options) {
  CLI::App* serve = app.add_subcommand("serve", "Run the cloud: device gateway, AWS-compatible API and web pages");
  serve->add_option("--data-dir", options.data_dir, "Where everything is kept; made on first start")->required();
  add_listener(*serve, "--mqtt", options.mqtt, 8883, "MQTT over mutual TLS, for modules");
  add_listener(*serve, "--http", options.http, 8080, "API and pages");
  add_listener(*serve, "--https", options.https, 8443, "API and pages with the server certificate");
  serve->add_option("--domain", options.domain, "Account endpoints are <prefix>-ats.DOMAIN")->capture_default_str();
  serve->add_option("--public-url", options.public_url, "How browsers reach the pages [the first --http listener]");
  auto* certificate = serve->add_option("--tls-cert", options.tls_certificate, "Server certificate chain, PEM");
  auto* key = serve->add_option("--tls-key", options.tls_key, "Its private key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  serve->add_option("--web-root", options.web_root, "The built web pages [beside the program]");
  const std::map<std::string, bool> first_connect{{"hold", false}, {"drop", true}};
  serve
      ->add_option("--jitp-first-connect", options.drop_first_connection,
                   "First connection of a new module: hold it (default) or drop it as AWS does")
      ->transform(CLI::CheckedTransformer(first_connect));
  serve
      ->add_option("--gateway-workers", options.gateway_workers,
                   "Processes that serve modules: one for each core, and for each 9,000 modules that stay connected")
      ->take_last()
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  add_backup_every(*serve, options);
  add_limits_of_all(*serve, options);
  add_rates(*serve, options);
  add_claim_times(*serve, options);
  const std::map<std::string, log::Level> levels{{"debug", log::Level::debug},
                                                 {"info", log::Level::info},
                                                 {"warn", log::Level::warn},
                                                 {"error", log::Level::error}};
  serve->add_option("--log-level", options.log_level, "debug, info, warn or error")
      ->transform(CLI::CheckedTransformer(levels));
  serve->callback([&options] { options.command = Command::serve; });
}

/// What serve starts for --gateway-workers; of no use to people.
void add_gateway_worker(CLI::App& app, Options& options) {
  CLI::App* worker = app.add_subcommand(std::string(kGatewayWorkerCommand))->group("");
  worker->callback([&options] { options.command = Command::gateway_worker; });
}

constexpr const char* kKeyNotes = R"(
Roles: admin does everything in its account; claim-only finds modules and tells them their endpoint; read-only looks.
Secrets are written to DIR/credentials (profile NAME, or NAME.ROLE) and shown nowhere. A running server obeys at once.
)";

void add_keys(CLI::App& account, Options& options) {
  CLI::App* key = account.add_subcommand("key", "Access keys of an account");
  key->require_subcommand(1);
  key->footer(kKeyNotes);
  const std::map<std::string, cloud::Role> roles{
      {"admin", cloud::Role::admin}, {"claim-only", cloud::Role::claim_only}, {"read-only", cloud::Role::read_only}};
  const auto add = [&](const char* name, Command command, const char* what) {
    CLI::App* sub = key->add_subcommand(name, what);
    sub->add_option("NAME", options.account_name, "The account")->required();
    sub->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
    sub->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
    sub->callback([&options, command] { options.command = command; });
    return sub;
  };
  CLI::App* create = add("create", Command::key_create, "Make a key; at most two of a role are live");
  add("list", Command::key_list, "All keys, oldest first");
  CLI::App* rotate =
      add("rotate", Command::key_rotate, "Make a new key; the newest before it stays live, older ones not");
  for (CLI::App* sub : {create, rotate}) {
    sub->add_option("--role", options.key_role, "admin (default), claim-only or read-only")
        ->transform(CLI::CheckedTransformer(roles));
  }
  CLI::App* disable = add("disable", Command::key_disable, "Turn a key off for good");
  disable->add_option("KEY", options.key_id, "Its id, AKIA…")->required();
}

constexpr const char* kLimitNotes = R"(
The defaults are those of AWS IoT, or what `serve` was told (docs/limits.md). A running server obeys at once; what is
there already stays.
)";

void add_limits(CLI::App& account, Options& options) {
  CLI::App* limits = account.add_subcommand("limits", "How much an account may have");
  limits->require_subcommand(1);
  limits->footer(kLimitNotes);
  const auto add = [&](const char* name, Command command, const char* what) {
    CLI::App* sub = limits->add_subcommand(name, what);
    sub->add_option("NAME", options.account_name, "The account")->required();
    sub->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
    sub->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
    sub->callback([&options, command] { options.command = command; });
    return sub;
  };
  add("list", Command::limits_list, "All limits that can be set, with their values");
  CLI::App* set = add("set", Command::limits_set, "Give the account a value of its own");
  CLI::App* reset = add("reset", Command::limits_reset, "Back to the default");
  for (CLI::App* sub : {set, reset}) sub->add_option("LIMIT", options.limit_name, "As `list` names it")->required();
  set->add_option("VALUE", options.limit_value, "0: no limit")->required()->check(CLI::Range(0, 1'000'000'000));
}

constexpr const char* kWizardNotes = R"(
People claim modules for the account at PUBLIC-URL/claim/NAME, by the label alone (docs/onboarding.md section 5). The
module's vendor must have granted it to the account. A running server obeys at once.
)";

void add_wizard(CLI::App& account, Options& options) {
  CLI::App* wizard = account.add_subcommand("wizard", "The account's claim page for people without an account");
  wizard->add_option("NAME", options.account_name, "The account")->required();
  const std::map<std::string, bool> states{{"off", false}, {"on", true}};
  wizard->add_option("STATE", options.wizard_on, "on, or off as at first")
      ->required()
      ->transform(CLI::CheckedTransformer(states));
  wizard->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  wizard->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  wizard->footer(kWizardNotes);
  wizard->callback([&options] { options.command = Command::wizard; });
}

constexpr const char* kLoginStringNotes = R"(
A module says its vendor in the MQTT login string (guide 11.1.5). One that names another vendor than the module's
certificate is a finding (`login_mismatch`); with enforce its connects are refused, too. A login string that is missing or
malformed keeps nobody out. A running server obeys at once; sessions that are open stay (docs/security.md).
)";

void add_login_strings(CLI::App& account, Options& options) {
  CLI::App* login = account.add_subcommand("login-strings", "Whether a login string may contradict the certificate");
  login->add_option("NAME", options.account_name, "The account")->required();
  const std::map<std::string, bool> modes{{"observe", false}, {"enforce", true}};
  login->add_option("MODE", options.enforces_login_strings, "enforce, or observe as at first")
      ->required()
      ->transform(CLI::CheckedTransformer(modes));
  login->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  login->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  login->footer(kLoginStringNotes);
  login->callback([&options] { options.command = Command::login_strings; });
}

constexpr const char* kElsewhereNotes = R"(
The account stands in for a customer's account of AWS or of another installation: claims are made here, their modules
are registered there with the key that its owner has delegated (docs/onboarding.md "A customer elsewhere"). Changes what
is given and shows what there is. A running server obeys at once.
)";

void add_elsewhere(CLI::App& account, Options& options) {
  CLI::App* elsewhere = account.add_subcommand("elsewhere", "Where an account of another installation is reached");
  elsewhere->add_option("NAME", options.account_name, "The account")->required();
  add_elsewhere_options(*elsewhere, options.elsewhere);
  elsewhere->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  elsewhere->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  elsewhere->footer(kElsewhereNotes);
  elsewhere->callback([&options] { options.command = Command::account_elsewhere; });
}

constexpr const char* kDeletionNotes = R"(
Everything in the account goes: things, certificates, policies, CAs, templates, keys, grants, claims that have told their
module nothing. Refused while it owns modules, or a claim of it may have moved one: offboard and cancel first, or free
them with --orphan, after which a factory reset brings them to their vendor's account, where others may claim them. A
vendor's account goes only while no module calls it home. A running server obeys within a second, and running it again
goes on where it was cut off (docs/onboarding.md "An account is deleted").
)";

void add_deletion(CLI::App& account, Options& options) {
  CLI::App* sub = account.add_subcommand("delete", "Delete an account with all that belongs to it");
  sub->add_option("NAME", options.account_name, "The account")->required();
  sub->add_flag("--orphan", options.orphan, "Free its modules and end its claims, whatever they have come to");
  sub->add_flag("--give-up-withdrawals", options.give_up_withdrawals,
                "Leave in its account elsewhere what was not withdrawn there yet");
  sub->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  sub->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  sub->footer(kDeletionNotes);
  sub->callback([&options] { options.command = Command::account_delete; });
}

void add_account(CLI::App& app, Options& options) {
  CLI::App* account = app.add_subcommand("account", "Accounts of this cloud");
  account->require_subcommand(1);
  CLI::App* create = account->add_subcommand("create", "Make an account, its endpoint and an access key");
  create->add_option("NAME", options.account_name, "Lower-case letters, digits, hyphens; also the profile")->required();
  const std::map<std::string, cloud::AccountKind> kinds{{"staging", cloud::AccountKind::staging},
                                                        {"customer", cloud::AccountKind::customer}};
  create->add_option("--kind", options.account_kind, "staging (a vendor's) or customer (an OEM's)")
      ->required()
      ->transform(CLI::CheckedTransformer(kinds));
  CLI::App* list = account->add_subcommand("list", "All accounts with their endpoints");
  for (CLI::App* command : {create, list}) {
    command->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
    command->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  }
  add_keys(*account, options);
  add_limits(*account, options);
  add_wizard(*account, options);
  add_login_strings(*account, options);
  add_elsewhere(*account, options);
  add_elsewhere_options(*create, options.elsewhere);
  add_deletion(*account, options);
  create->callback([&options] { options.command = Command::account_create; });
  list->callback([&options] { options.command = Command::account_list; });
}

constexpr const char* kOffboardNotes = R"(
Deletes the thing with its certificates, detaches their policies, ends live sessions; a module that the account owned is
free again. Auto-registration does not bring it back; registering its certificate by hand does. A running server obeys at
once, and running it again does no harm.
)";

void add_thing(CLI::App& app, Options& options) {
  CLI::App* thing = app.add_subcommand("thing", "Things of an account");
  thing->require_subcommand(1);
  CLI::App* offboard =
      thing->add_subcommand("offboard", "Take a thing out of its account, with all that belongs to it");
  offboard->add_option("NAME", options.account_name, "The account")->required();
  offboard->add_option("THING", options.thing_name, "The thing's name")->required();
  offboard->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  offboard->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  offboard->footer(kOffboardNotes);
  offboard->callback([&options] { options.command = Command::thing_offboard; });
}

constexpr const char* kBackupNotes = R"(
A backup is the registry alone. Keep these files of DIR too, elsewhere:
  master.key               opens the secrets of access keys, which are sealed in the registry; never keep it
                           beside a backup
  root-ca.pem root-ca.key  what modules trust; without them no module connects
  credentials              the access keys as handed out
  custody-log.jsonl custody-seals.jsonl custody.pub
                           who owns which module since the backup; without them a restored cloud waits
See docs/registry.md.
)";

void add_registry(CLI::App& app, Options& options) {
  CLI::App* backup = app.add_subcommand("backup", "Copy the registry to a file; a server may be running");
  backup->add_option("--out", options.backup_file, "The file to write")->required();
  backup->add_flag("--force", options.overwrite, "Replace the file if it exists");
  backup->footer(kBackupNotes);
  backup->callback([&options] { options.command = Command::backup; });
  CLI::App* restore = app.add_subcommand("restore", "Put a backup in the registry's place; no server may be running");
  restore->add_option("--from", options.backup_file, "The backup to read")->required();
  restore->footer(std::string("\nThe present registry is kept as DIR/registry.sqlite.before-restore-<time>.\n") +
                  kBackupNotes);
  restore->callback([&options] { options.command = Command::restore; });
  CLI::App* fsck = app.add_subcommand("fsck", "Check the registry; changes nothing, a server may be running");
  fsck->footer("\nExit code 0: clean; 1: findings; 2: could not be checked.\n");
  fsck->callback([&options] { options.command = Command::fsck; });
  for (CLI::App* command : {backup, restore, fsck})
    command->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
}

void add_claim(CLI::App& app, Options& options) {
  CLI::App* claim = app.add_subcommand("claim", "Claims of modules by customers");
  claim->require_subcommand(1);
  CLI::App* rehearse = claim->add_subcommand("rehearse", "Say what a claim would come to, and why; nothing is changed");
  rehearse->add_option("NAME", options.account_name, "The customer's account")->required();
  rehearse->add_option("LABEL", options.thing_name, "What the label says (XL1:…), or the ThingName alone")->required();
  rehearse->add_option("--template", options.template_name, "The provisioning template that the claim would name");
  rehearse->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  rehearse->add_option("--domain", options.domain, "As given to serve")->capture_default_str();
  rehearse->callback([&options] { options.command = Command::claim_rehearse; });
}

void add_template(CLI::App& app, Options& options) {
  CLI::App* group = app.add_subcommand("template", "Provisioning templates");
  group->require_subcommand(1);
  CLI::App* rehearse = group->add_subcommand(
      "rehearse",
      "Say what a template would make of a certificate, and why its module would be refused; nothing is changed");
  rehearse->add_option("NAME", options.account_name, "The account")->required();
  rehearse->add_option("TEMPLATE", options.template_name, "The provisioning template")->required();
  rehearse->add_option("--certificate", options.certificate_file, "The module's certificate, PEM")->required();
  rehearse->add_option("--parameter", options.parameters,
                       "NAME=VALUE, what a device of a fleet would say; repeat for more");
  rehearse->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
  rehearse->callback([&options] { options.command = Command::template_rehearse; });
}

constexpr const char* kCustodyNotes = R"(
Who owned each module when, and why: every change is an entry, each holds the hash of the module's entry before it, and
once a minute a running server copies all that is new to DIR/custody-log.jsonl and signs it into DIR/custody-seals.jsonl
(key DIR/custody.key). Keep copies of these files and of DIR/custody.pub elsewhere: a registry that was changed behind the
server's back no longer fits them, and a restore needs them to know who has owned what since its backup.
)";

void add_custody(CLI::App& app, Options& options) {
  CLI::App* custody = app.add_subcommand("custody", "The log of who owned each module");
  custody->require_subcommand(1);
  custody->footer(kCustodyNotes);
  CLI::App* verify = custody->add_subcommand("verify", "Check the log against its hashes and seals");
  verify->footer("\nExit code 0: it is what was sealed; 1: it is not; 2: could not be checked.\n");
  verify->callback([&options] { options.command = Command::custody_verify; });
  CLI::App* exporting = custody->add_subcommand("export", "Print the log, a line of JSON for each entry");
  exporting->add_option("--thing", options.thing_name, "Of this ThingName only");
  exporting->callback([&options] { options.command = Command::custody_export; });
  CLI::App* reconcile = custody->add_subcommand("reconcile", "Tell a restored registry who has owned what since");
  reconcile->footer(
      "\n`restore` does it, and every start of a server until it has worked. Needed when the log was lost.\n");
  reconcile->add_flag("--without-log", options.without_log,
                      "Do without the log: owners are those of the backup, whatever has happened since");
  reconcile->callback([&options] { options.command = Command::custody_reconcile; });
  for (CLI::App* command : {verify, exporting, reconcile})
    command->add_option("--data-dir", options.data_dir, "The cloud's data directory")->required();
}

}  // namespace

tl::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Open ExpressLink cloud: where modules are provisioned, staged, claimed and served.");
  app.footer(kExamples);
  app.require_subcommand(1);
  add_serve(app, options);
  add_gateway_worker(app, options);
  add_account(app, options);
  add_thing(app, options);
  add_registry(app, options);
  add_claim(app, options);
  add_template(app, options);
  add_custody(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(app.exit(error));
  }
  return options;
}

}  // namespace xl::app
