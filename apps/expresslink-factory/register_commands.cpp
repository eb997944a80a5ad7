// SPDX-License-Identifier: Apache-2.0
#include "register_commands.hpp"

#include <cstdio>

#include "connected_module.hpp"
#include "factory/bulk_register.hpp"
#include "factory/files.hpp"
#include "quickconnect/serial_port.hpp"

namespace xl::app {
namespace {

constexpr int kNoInterrupt = -1;

Status add_and_tell(const factory::Registrar& registrar, const factory::ModuleFacts& module) {
  XL_TRY(const bool is_new, registrar.add(module));
  std::printf("%s %s\n", is_new ? "registered " : "there already", module.thing_name.c_str());
  return {};
}

Status register_from_port(const factory::Registrar& registrar, const RegisterCommand& command) {
  XL_TRY(const auto port, quickconnect::open_serial_port(command.port, kNoInterrupt));
  quickconnect::AtClient at(*port);
  quickconnect::Module module(at);
  XL_TRY(const factory::ModuleFacts facts, ask_module(module));
  XL_CHECK(add_and_tell(registrar, facts));
  if (!command.set_endpoint) return {};
  XL_CHECK(module.set("Endpoint", registrar.endpoint()));
  std::printf("endpoint    set in the module\n");
  return {};
}

/// One that fails does not hold up the others.
Status register_from_folders(const factory::Registrar& registrar, const std::vector<std::string>& folders) {
  std::size_t failed = 0;
  for (const std::string& folder : folders) {
    XL_TRY(const auto identities, factory::identities_in(folder));
    for (const auto& identity : identities) {
      const auto module = factory::read_module(identity);
      const Status added = module ? add_and_tell(registrar, *module) : Status(fail(module.error()));
      if (added) continue;
      std::printf("failed      %s: %s\n", identity.string().c_str(), added.error().detail.c_str());
      ++failed;
    }
  }
  if (failed == 0) return {};
  return fail(Error::conflict(std::to_string(failed) + " modules were not registered; run it again when the reasons "
                                                       "above are gone."));
}

Status register_in_bulk(const factory::Registrar& registrar, const RegisterCommand& command) {
  std::int64_t shown = -1;
  const factory::LotEvents events{[](const std::string& step) { std::printf("%s\n", step.c_str()); },
                                  [&shown](const factory::LotProgress& progress) {
                                    if (progress.succeeded + progress.failed == shown) return;
                                    shown = progress.succeeded + progress.failed;
                                    std::fprintf(stderr, "registering %lld done, %lld failed, %lld %%\n",
                                                 static_cast<long long>(progress.succeeded),
                                                 static_cast<long long>(progress.failed),
                                                 static_cast<long long>(progress.percent));
                                  },
                                  [](const std::string& line) { std::printf("%s\n", line.c_str()); }};
  XL_TRY(const auto done,
         factory::register_lot(registrar, {command.folders.front(), command.buckets, command.bucket}, events));
  std::printf("lot         %lld registered, %lld failed\n", static_cast<long long>(done.succeeded),
              static_cast<long long>(done.failed));
  if (done.failed == 0) return {};
  return fail(Error::conflict("some modules were not registered; run it again when the reasons above are gone."));
}

}  // namespace

Status register_modules(const Options& options) {
  const RegisterCommand& command = options.registration;
  factory::RegisterOptions to = command.options;
  if (!command.template_file.empty()) {
    XL_TRY(to.template_body, factory::read_file(command.template_file));
  }
  XL_TRY(const factory::Registrar registrar, factory::Registrar::open(to));
  std::printf("account     %s (profile %s)\n", registrar.account_id().c_str(), to.profile.c_str());
  if (!command.port.empty()) {
    XL_CHECK(register_from_port(registrar, command));
  } else if (command.bulk) {
    XL_CHECK(register_in_bulk(registrar, command));
  } else {
    XL_CHECK(register_from_folders(registrar, command.folders));
  }
  std::printf("endpoint    %s\n", registrar.endpoint().c_str());
  if (!command.set_endpoint)
    std::printf("next        on the host of each module: AT+CONF Endpoint=(the endpoint above), then AT+CONNECT\n");
  return {};
}

}  // namespace xl::app
