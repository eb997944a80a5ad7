// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>

namespace xl::app {
namespace {

constexpr const char* kExamples = R"(
From nothing to a module that can join its staging account:
  expresslink-factory ca create --dir ca --vendor ACME --model M-1
  export AWS_SHARED_CREDENTIALS_FILE=cloud/credentials
  expresslink-factory ca enroll --ca ca --endpoint-url http://127.0.0.1:8080 --profile staging
  expresslink-factory issue --ca ca --count 1 --out modules
  expresslink-module --identity modules/* --state state --pty module.tty
)";

void add_ca(CLI::App& app, Options& options) {
  CLI::App* ca = app.add_subcommand("ca", "The vendor's certificate authority");
  ca->require_subcommand(1);
  CLI::App* create = ca->add_subcommand("create", "Make a root and an issuing CA for one vendor and model");
  create->add_option("--dir", options.ca_dir, "Folder of the CA; holds its private keys, keep it safe")->required();
  create->add_option("--vendor", options.vendor, "Vendor name, in every certificate")->required();
  create->add_option("--model", options.model, "Model name, in every certificate")->required();
  create->footer("\nExample:\n  expresslink-factory ca create --dir ca --vendor ACME --model M-1\n");
  create->callback([&options] { options.command = Command::ca_create; });
  CLI::App* lot =
      ca->add_subcommand("new-lot", "Sign labels with a new key from now on, so that lots can be told apart");
  lot->add_option("--ca", options.ca_dir, "Folder of the CA")->required();
  lot->footer(
      "\nA vendor can let a customer claim the modules of some lots only (docs/onboarding.md \"Who may claim\"). `ca "
      "enroll`\nregisters the new key; labels of earlier lots stay good.\n");
  lot->callback([&options] { options.command = Command::ca_new_lot; });
  CLI::App* enroll =
      ca->add_subcommand("enroll", "Register the issuing CA in the vendor's staging account, or a customer's");
  enroll->add_option("--ca", options.ca_dir, "Folder of the CA")->required();
  enroll->add_option("--endpoint-url", options.enroll.endpoint_url, "The cloud's API, like http://127.0.0.1:8080")
      ->required();
  enroll->add_option("--profile", options.enroll.profile, "Profile of the account in the credentials file")->required();
  enroll->add_flag_callback(
      "--customer", [&options] { options.enroll.enrolment = factory::Enrolment::customer; },
      "A customer's account: its modules may reach their jobs topics; what is issued still calls the staging account");
  enroll->add_option("--root-ca", options.enroll.root_ca_file, "The cloud's server root, PEM [fetched from the cloud]");
  enroll->footer(
      "\nExample (the cloud writes the credentials file into its data folder):\n"
      "  export AWS_SHARED_CREDENTIALS_FILE=cloud/credentials\n"
      "  expresslink-factory ca enroll --ca ca --endpoint-url http://127.0.0.1:8080 --profile staging\n"
      "  expresslink-factory ca enroll --ca ca --endpoint-url http://127.0.0.1:8080 --profile oem --customer\n");
  enroll->callback([&options] { options.command = Command::ca_enroll; });
}

/// Options of the hardware key stores are attributes of their URIs (docs/keystores.md).
void add_key_place(CLI::App& issue, Options& options) {
  issue
      .add_option("--keystore", options.issue.key_store,
                  "Where keys are made, and stay: file, tpm2, pkcs11, or such a place as a URI without a key")
      ->capture_default_str();
  const auto add = [&](const char* flag, const char* attribute, const char* text) {
    return issue.add_option_function<std::string>(
        flag, [&options, attribute](const std::string& value) { options.key_place.emplace_back(attribute, value); },
        text);
  };
  add("--tcti", "tcti", "Of tpm2: the way to the TPM, like swtpm:host=127.0.0.1,port=2321 [device:/dev/tpmrm0]");
  add("--tpm-handle", "handle", "Of tpm2: the key's persistent handle [the first that is free from 0x81000100]");
  add("--pkcs11-module", "module-path", "Of pkcs11: the token's driver, like /usr/lib/softhsm/libsofthsm2.so");
  add("--token", "token", "Of pkcs11: the token's label [the only one there is]");
  add("--pin-file", "pin-source", "File with the PIN, readable by its owner only; the module will read it there too");
}

void add_issue(CLI::App& app, Options& options) {
  CLI::App* issue = app.add_subcommand(
      "issue",
      "Issue identities: a folder per module with key, birth certificate and staging endpoint. Run the same "
      "command again to finish an interrupted batch; use a new --out for a new batch");
  issue->add_option("--ca", options.ca_dir, "Folder of the CA")->required();
  issue->add_option("--count", options.issue.count, "How many identities --out holds in the end")
      ->required()
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
  issue->add_option("--out", options.issue.out, "Folder of the batch")->required();
  add_key_place(*issue, options);
  issue->add_option("--endpoint", options.issue.endpoint, "Staging endpoint [from ca enroll]");
  issue->add_option("--root-ca", options.root_ca_file, "Roots the module trusts, PEM bundle [from ca enroll]");
  issue->footer(
      "\nExamples:\n  expresslink-factory issue --ca ca --count 1000 --out batch-1\n"
      "  expresslink-factory issue --ca ca --count 1 --out modules --endpoint HOST --root-ca root-ca.pem\n"
      "  expresslink-factory issue --ca ca --count 1 --out modules --keystore tpm2\n"
      "  expresslink-factory issue --ca ca --count 1 --out modules --keystore pkcs11 --token line \\\n"
      "      --pkcs11-module /usr/lib/softhsm/libsofthsm2.so --pin-file /etc/expresslink/pin\n");
  issue->callback([&options] { options.command = Command::issue; });
}

void add_verify(CLI::App& app, Options& options) {
  CLI::App* verify = app.add_subcommand(
      "verify",
      "Name every rule of guide 11.1.3 that a birth certificate breaks; of a connected module also prove that its key, "
      "certificate and ThingName belong together, by connecting it");
  RegisterCommand& cloud = options.registration;
  auto* certificate = verify->add_option("CERT", options.certificate_file, "The certificate, PEM");
  auto* port = verify->add_option("--module", cloud.port, "Serial port of a connected module, instead of a file");
  verify->add_option("--ca", options.ca_file,
                     "The issuing CA's certificate, PEM; without it the signature is not checked");
  auto* url = verify->add_option("--endpoint-url", cloud.options.endpoint_url,
                                 "Of --module: ask this cloud's API, too, whether the thing has this certificate");
  auto* profile = verify->add_option("--profile", cloud.options.profile, "Of --endpoint-url: profile of the account");
  verify->add_option("--root-ca", cloud.options.root_ca_file, "The cloud's server root for https, PEM [the system's]");
  port->excludes(certificate);
  url->needs(port)->needs(profile);
  verify->footer(
      "\nExamples (exit code 1 when a rule is broken):\n"
      "  expresslink-factory verify modules/5a3c…/certificate.pem --ca ca/issuing.pem\n"
      "  expresslink-factory verify --module /dev/ttyUSB0 --ca ca/issuing.pem \\\n"
      "      --endpoint-url http://127.0.0.1:8080 --profile staging\n");
  verify->callback([&options] {
    options.command = Command::verify;
    if (options.certificate_file.empty() && options.registration.port.empty())
      throw CLI::ValidationError("verify", "name a certificate, or a serial port with --module");
  });
}

void add_label(CLI::App& app, Options& options) {
  CLI::App* label = app.add_subcommand("label", "Draw a module's ThingName as a QR code to print on it");
  label->add_option("DIR", options.identity_dir, "Identity folder of the module")->required();
  label->add_option("--out", options.label_file, "The drawing: NAME.svg, or NAME.png without the line of text")
      ->required();
  label->footer(
      "\nExamples:\n  expresslink-factory label modules/5a3c… --out label.svg\n"
      "  expresslink-factory label modules/5a3c… --out label.png\n");
  label->callback([&options] { options.command = Command::label; });
}

constexpr const char* kRegisterExamples = R"(
At the end of the line, before a module is packed, it becomes a thing of the account that it is made for: its
certificate is registered, thing and policy are made and attached, the certificate is activated last. What is
there already is left alone, so the same command can be run again. The keys of the account are those of the
profile in AWS_SHARED_CREDENTIALS_FILE (the cloud's DIR/credentials) or ~/.aws/credentials.

The module that is connected, which answers AT+CONF? ThingName and AT+CONF? Certificate pem itself:
  expresslink-factory register --module /dev/ttyUSB0 --endpoint-url http://127.0.0.1:8080 --profile oem

Identity folders, one by one, or all that are in a folder:
  expresslink-factory register modules/5a3c… batch-1 --endpoint-url http://127.0.0.1:8080 --profile oem

A lot by one task, which the cloud works off by itself. The CA must be registered in the account (the AWS CLI's
register-ca-certificate --certificate-mode SNI_ONLY --set-as-active, or `ca enroll --customer`). A run that is
killed is taken up again by the next:
  expresslink-factory register batch-1 --bulk --buckets cloud/buckets --endpoint-url http://127.0.0.1:8080 --profile oem

--template names a file with a template body for RegisterThing. Its parameters are ThingName, CertificatePem,
Vendor and Model (the last two from the certificate's O and OU). Without it a module may use the topics under its
own name and its jobs.
)";

void add_register(CLI::App& app, Options& options) {
  CLI::App* sub = app.add_subcommand("register", "Register modules in an account at the end of the line");
  RegisterCommand& command = options.registration;
  auto* folders = sub->add_option("DIR", command.folders, "Identity folders, or folders that hold them");
  auto* port = sub->add_option("--module", command.port, "Serial port of a connected module, instead of folders");
  sub->add_option("--endpoint-url", command.options.endpoint_url, "The cloud's API, like http://127.0.0.1:8080")
      ->required();
  sub->add_option("--profile", command.options.profile, "Profile of the account in the credentials file")->required();
  sub->add_option("--root-ca", command.options.root_ca_file, "The cloud's server root for https, PEM [the system's]");
  sub->add_option("--template", command.template_file, "File with the body of a template [a built-in one]");
  auto* with_ca = sub->add_flag("--with-ca", command.options.with_ca,
                                "The certificates' CA is registered in the account [register without a CA]");
  sub->add_flag("--set-endpoint", command.set_endpoint, "Point the connected module at the account")->needs(port);
  auto* bulk = sub->add_flag("--bulk", command.bulk, "One task for the whole folder; implies --with-ca");
  auto* buckets = sub->add_option("--buckets", command.buckets, "Of --bulk: the cloud's DIR/buckets, here or mounted");
  sub->add_option("--bucket", command.bucket, "Of --bulk: the folder's name there")->capture_default_str();
  port->excludes(folders)->excludes(bulk);
  bulk->needs(buckets)->excludes(with_ca);
  buckets->needs(bulk);
  sub->footer(kRegisterExamples);
  sub->callback([&options] {
    options.command = Command::register_modules;
    const RegisterCommand& given = options.registration;
    if (given.folders.empty() && given.port.empty())
      throw CLI::ValidationError("register", "name identity folders, or a serial port with --module");
    if (given.bulk && given.folders.size() != 1)
      throw CLI::ValidationError("register", "--bulk takes one folder, the lot's");
  });
}

constexpr const char* kImageHelp = R"(
A module takes new firmware from its host by AT+OTW, if it is signed with the key of the module's OTAcertificate.
`ca create` makes that key, and `issue` puts its certificate into every module; for a CA of an older version and its
modules begin with `image new-key`. From a new build of expresslink-module to a module that runs it:
  expresslink-factory image sign --ca ca --program build/release/bin/expresslink-module --out module.img
  expresslink-factory image send /dev/ttyUSB0 module.img

The module tries the new firmware before it stays with it, and goes back by itself if it does not come up. No
module takes an older version: to go back, build the older program again with a higher one.

A key that may have leaked is replaced; each module must be told once, while the key before still counts:
  expresslink-factory image new-key --ca ca
and on the module's serial port: AT+CONF OTAcertificate=pem, Enter, and the lines of ca/firmware.pem
)";

void add_image(CLI::App& app, Options& options) {
  CLI::App* image =
      app.add_subcommand("image", "Sign firmware for modules in the field, and send it over their serial port");
  image->require_subcommand(1);
  image->footer(kImageHelp);
  CLI::App* key = image->add_subcommand("new-key", "Make the key that signs firmware, or the next one");
  key->add_option("--ca", options.ca_dir, "Folder of the CA")->required();
  key->footer(kImageHelp);
  key->callback([&options] { options.command = Command::image_key; });
  CLI::App* sign = image->add_subcommand("sign", "Make a firmware image of a program, for the CA's vendor and model");
  ImageCommand& command = options.image;
  sign->add_option("--ca", options.ca_dir, "Folder of the CA")->required();
  sign->add_option("--program", command.program,
                   "The new expresslink-module; without debug symbols it is a fifth: strip it")
      ->required();
  sign->add_option("--out", command.file, "The image")->required();
  sign->footer(kImageHelp);
  sign->callback([&options] { options.command = Command::image_sign; });
  CLI::App* send = image->add_subcommand("send", "Send an image to the module on a serial port, and see it run");
  send->add_option("PORT", command.port, "Serial port of the module")->required();
  send->add_option("FILE", command.file, "The image")->required();
  send->add_option("--block-size", command.block_bytes, "Bytes that the module acknowledges at a time")
      ->check(CLI::Range(std::size_t{64}, std::size_t{9216}))
      ->capture_default_str();
  send->footer(kImageHelp);
  send->callback([&options] { options.command = Command::image_send; });
}

}  // namespace

tl::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Open ExpressLink factory: CAs and birth certificates of a module vendor.");
  app.footer(kExamples);
  app.require_subcommand(1);
  add_ca(app, options);
  add_issue(app, options);
  add_verify(app, options);
  add_label(app, options);
  add_register(app, options);
  add_image(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(app.exit(error));
  }
  return options;
}

}  // namespace xl::app
