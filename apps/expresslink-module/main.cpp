// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <memory>

#include "firmware.hpp"
#include "line.hpp"
#include "module/module.hpp"
#include "mqtt/packet.hpp"
#include "options.hpp"
#include "platform/linux/confmode_page.hpp"
#include "platform/linux/file_storage.hpp"
#include "platform/linux/firmware_store.hpp"
#include "platform/linux/hardware_pins.hpp"
#include "platform/linux/host_clock.hpp"
#include "platform/linux/host_diagnostics.hpp"
#include "platform/linux/host_power.hpp"
#include "platform/linux/host_random.hpp"
#include "platform/linux/identity_folder.hpp"
#include "platform/linux/libgpiod.hpp"
#include "platform/linux/pem.hpp"
#include "platform/linux/pki_certificates.hpp"
#include "platform/linux/signals.hpp"
#include "platform/linux/tls_transport.hpp"
#include "version.hpp"
#include "wifi.hpp"

namespace xl::app {
namespace {

using namespace std::chrono_literals;

/// The identity with the factory values that the options replace.
Result<platform::IdentityFolder> load_identity(const Options& options) {
  XL_TRY(platform::IdentityFolder identity, platform::load_identity(options.identity));
  if (!options.factory_endpoint.empty()) identity.endpoint = options.factory_endpoint;
  if (!options.factory_root_ca.empty()) {
    XL_TRY(identity.root_ca_pem, platform::read_text_file(options.factory_root_ca));
    if (const auto roots = platform::certificates_of(identity.root_ca_pem); !roots) {
      return fail(Error::invalid(options.factory_root_ca + ": " + roots.error().detail));
    }
  }
  return identity;
}

module::ports::Identity port_of(const platform::IdentityFolder& identity) {
  module::ports::Identity port{};
  port.vendor = identity.vendor;
  port.model = identity.model;
  port.firmware_version = firmware_version();
  port.thing_name = identity.thing_name;
  port.certificate_pem = identity.certificate_pem;
  port.factory_endpoint = identity.endpoint;
  port.factory_root_ca = identity.root_ca_pem;
  port.factory_ota_certificate = identity.ota_certificate_pem;
  return port;
}

/// The loop wakes up when the module wants to run.
void keep_time(platform::EventLoop& loop, module::Module& module) {
  loop.before_wait([&loop, &module, timer = platform::EventLoop::TimerId{0}]() mutable {
    loop.cancel(timer);
    const auto deadline = module.next_deadline();
    if (!deadline) return;
    timer = loop.at(platform::EventLoop::Clock::time_point(*deadline), [&module] { module.on_time(); });
  });
}

/// A polite end of the MQTT session, so that nobody's last will goes out; no effect when there is none.
void disconnect(platform::TlsTransport& transport) {
  std::array<Byte, 2> packet{};
  if (mqtt::encode(mqtt::Disconnect{}, packet) && !transport.send(packet)) log::debug("app", "was not connected");
  transport.close();
}

/// On standard output, where a script waits for it, unless that is the line itself.
void announce(const Line& line, const platform::IdentityFolder& identity) {
  log::info("app", "module started", {{"thing", identity.thing_name}, {"key", identity.keys->description()}});
  if (!identity.keys->guards_key()) {
    log::warn("app", "THE MODULE'S KEY IS A PLAIN FILE: for development only; whoever copies it is this module",
              {{"instead", "expresslink-factory issue --keystore tpm2 or pkcs11"}});
  }
  if (line.name.empty()) return;
  std::printf("ready: %s\n", line.name.c_str());
  std::fflush(stdout);
}

/// CONFMODE's page, which the label of a real module would name; null without --confmode. Its code goes to the person
/// at the terminal, not into the log.
std::unique_ptr<platform::ConfmodePage> make_confmode_page(const Options& options, platform::EventLoop& loop,
                                                           platform::Wifi& wifi) {
  if (options.confmode_address.empty()) return nullptr;
  std::FILE* terminal = options.stdio ? stderr : stdout;
  const auto announce = [terminal](const std::string& url, const std::string& code) {
    std::fprintf(terminal, "confmode: %s code %s\n", url.c_str(), code.c_str());
    std::fflush(terminal);
  };
  return std::make_unique<platform::ConfmodePage>(
      loop, wifi, platform::ConfmodePage::Listener{options.confmode_address, options.confmode_port}, announce);
}

/// Collects what a module on trial says; the host hears none of it.
class TrialUart final : public module::ports::Uart {
 public:
  void write(ByteView bytes) override { said_ += as_text(bytes); }
  const std::string& said() const { return said_; }

 private:
  std::string said_;
};

/// Events of a trial are nobody's: EVENT stays low, as it is after power on.
class TrialPins final : public module::ports::Pins {
 public:
  void set_event(bool) override {}
};

/// It has come up; does it speak?
Status speak_on_trial(module::Module& module, const TrialUart& uart) {
  module.start();
  module.on_uart(as_bytes("AT\r"));
  if (uart.said() == "OK\r\n") return {};
  return fail(Error::internal("On trial the module answers AT with \"" + uart.said() + "\"."));
}

enum class Ending { stopped, updated };

/// The module's life, until it is stopped or other firmware is to run; `ends` stay open then.
Result<Ending> run(const Options& options, bool is_trial, LineEnds& ends) {
  platform::EventLoop loop;
  std::unique_ptr<module::Module> module;
  const platform::Signals signals(
      loop,
      {.on_stop = [&] { loop.stop(); }, .on_wake = [&] { module->on_wake(); }, .on_reset = [&] { module->start(); }});
  XL_TRY(const platform::IdentityFolder identity, load_identity(options));
  XL_TRY(platform::FileStorage storage, platform::FileStorage::open(options.state));
  XL_TRY(const Line line, open_line(options, ends, is_trial, storage, loop));

  platform::HostClock clock;
  platform::HostRandom random;
  XL_TRY(const std::unique_ptr<platform::Wifi> wifi, open_wifi(options.wifi, loop));
  platform::Libgpiod gpio;
  XL_TRY(const std::unique_ptr<platform::HardwarePins> pins, platform::HardwarePins::open(loop, gpio, options.pins));
  platform::PkiCertificates certificates;
  platform::HostUart& uart = *line.uart;
  platform::TlsTransport transport(loop, identity.tls());
  const auto confmode = make_confmode_page(options, loop, *wifi);
  platform::HostPower power(uart);
  platform::HostDiagnostics diagnostics(loop, *wifi, options.port);
  Ending ending = Ending::stopped;
  XL_TRY(platform::FirmwareStore images,
         platform::FirmwareStore::open(
             options.state, storage,
             {identity.vendor, identity.model, std::string(firmware_version()), platform::this_machine()}, [&] {
               ending = Ending::updated;
               loop.stop();
             }));
  TrialUart trial_uart;
  module::ports::Uart& spoken = is_trial ? static_cast<module::ports::Uart&>(trial_uart) : uart;
  TrialPins trial_pins;
  module::ports::Pins& driven = is_trial ? static_cast<module::ports::Pins&>(trial_pins) : *pins;
  const module::Ports ports{clock,  random, storage,      *wifi,          transport,    spoken,
                            driven, power,  certificates, confmode.get(), &diagnostics, &images};
  const module::ports::Identity shown = port_of(identity);  // the module keeps a reference to it
  module = std::make_unique<module::Module>(ports, shown, module::Settings{options.port});

  if (is_trial) {
    XL_CHECK(speak_on_trial(*module, trial_uart));
    return Ending::stopped;
  }
  bool line_lost = false;
  transport.deliver_to([&](const module::ports::TransportEvent& event) { module->on_transport(event); });
  diagnostics.deliver_to([&](const module::ports::DiagnosticEvent& event) { module->on_diagnostics(event); });
  if (confmode) {
    confmode->deliver_to([&](const auto& ssid, const auto& secret) { return module->on_credentials(ssid, secret); },
                         [&] { module->on_provisioning_ended(); });
  }
  keep_time(loop, *module);
  pins->watch({.reset = [&] { module->start(); }, .wake = [&] { module->on_wake(); }});
  module->start();
  uart.start(
      [&](ByteView bytes) {
        if (!pins->is_held_in_reset()) module->on_uart(bytes);
      },
      [&] {
        line_lost = true;
        loop.stop();
      });
  announce(line, identity);
  loop.run();
  disconnect(transport);
  uart.drain(1s);
  if (line_lost && !line.lost.empty()) return fail(Error::io(line.lost));
  if (ending == Ending::updated && line.tcp != nullptr) ends.tcp = line.tcp->release();
  return ending;
}

/// Goes on with the firmware that runs already when the new one does not come up.
Status live(const Options& options, char** arguments) {
  platform::Signals::hold();  // also while new firmware is tried
  const Firmware firmware(arguments);
  LineEnds ends = firmware.take_ends();
  if (firmware.is_first()) firmware.start_chosen(options, ends);
  while (true) {
    XL_TRY(const Ending ending, run(options, firmware.is_trial(), ends));
    if (ending == Ending::stopped) return {};
    firmware.start_chosen(options, ends);
  }
}

}  // namespace
}  // namespace xl::app

int main(int argc, char** argv) {
  const auto options = xl::app::parse_options(argc, argv);
  if (!options) return options.error();
  xl::log::set_level(options->log_level);
  const auto status = xl::app::live(*options, argv);
  if (!status) {
    std::fprintf(stderr, "expresslink-module: %s\n", status.error().detail.c_str());
    return 1;
  }
  return 0;
}
