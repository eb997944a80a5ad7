// SPDX-License-Identifier: Apache-2.0
#include "verify_commands.hpp"

#include <cstdio>
#include <string>
#include <vector>

#include "connected_module.hpp"
#include "factory/files.hpp"
#include "pki/birth_certificate.hpp"
#include "quickconnect/serial_port.hpp"

namespace xl::app {
namespace {

constexpr int kNoInterrupt = -1;

Status check_rules(const pki::Certificate& certificate, const std::string& ca_file) {
  std::vector<std::string> broken;
  if (ca_file.empty()) {
    broken = pki::broken_birth_certificate_rules(certificate, nullptr);
    std::printf("note        the signature is not checked without --ca\n");
  } else {
    XL_TRY(const std::string ca_pem, factory::read_file(ca_file));
    XL_TRY(const pki::Certificate ca, pki::Certificate::from_pem(ca_pem));
    broken = pki::broken_birth_certificate_rules(certificate, &ca);
  }
  for (const std::string& rule : broken) std::printf("broken      %s\n", rule.c_str());
  if (!broken.empty()) return fail(Error::forbidden(std::to_string(broken.size()) + " rules are broken"));
  std::printf("good        %s\n", certificate.facts().subject_text.c_str());
  return {};
}

Status check_name(const pki::Certificate& certificate, const std::string& thing_name) {
  if (certificate.facts().subject_attribute("CN") == thing_name) return {};
  return fail(Error::forbidden("The module says that it is " + thing_name + ", but its certificate is for " +
                               certificate.facts().subject_attribute("CN").value_or("nobody") + "."));
}

/// A handshake takes a signature by the key that belongs to the certificate: the module is connected anew.
Status check_connects(quickconnect::Module& module) {
  XL_TRY(const auto ended, module.run("AT+DISCONNECT"));
  static_cast<void>(ended);  // it may not have been connected
  XL_TRY(const auto connected, module.connect());
  if (!connected.is_ok()) {
    return fail(Error::forbidden("The module cannot connect with its key and certificate: " + connected.text() +
                                 ". Hint 4 is the key or what the server thinks of the certificate; the module's log "
                                 "says more."));
  }
  std::printf("connected   with its own key and certificate\n");
  return {};
}

Status check_cloud(const Options& options, const factory::ModuleFacts& facts) {
  if (options.registration.options.endpoint_url.empty()) return {};
  XL_TRY(const factory::Registrar registrar, factory::Registrar::open(options.registration.options));
  XL_TRY(const bool is_its, registrar.has(facts));
  if (!is_its) {
    return fail(Error::forbidden("In account " + registrar.account_id() + " the thing " + facts.thing_name +
                                 " does not have the certificate that the module shows."));
  }
  std::printf("cloud       thing %s has this certificate\n", facts.thing_name.c_str());
  return {};
}

Status verify_module(const Options& options) {
  XL_TRY(const auto port, quickconnect::open_serial_port(options.registration.port, kNoInterrupt));
  quickconnect::AtClient at(*port);
  quickconnect::Module module(at);
  XL_TRY(const factory::ModuleFacts facts, ask_module(module));
  XL_TRY(const pki::Certificate certificate, pki::Certificate::from_pem(facts.certificate_pem));
  XL_CHECK(check_name(certificate, facts.thing_name));
  XL_CHECK(check_rules(certificate, options.ca_file));
  XL_CHECK(check_connects(module));
  return check_cloud(options, facts);
}

}  // namespace

Status verify(const Options& options) {
  if (!options.registration.port.empty()) return verify_module(options);
  XL_TRY(const std::string pem, factory::read_file(options.certificate_file));
  XL_TRY(const pki::Certificate certificate, pki::Certificate::from_pem(pem));
  return check_rules(certificate, options.ca_file);
}

}  // namespace xl::app
