// SPDX-License-Identifier: Apache-2.0
#include "image_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "factory/files.hpp"
#include "factory/firmware.hpp"
#include "quickconnect/module.hpp"
#include "quickconnect/serial_port.hpp"

namespace xl::app {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kNoInterrupt = -1;
/// A trial of new firmware takes up to a minute, and the one before starts again after it.
constexpr auto kRestartLimit = 90s;

/// A line on a terminal, written over and over; otherwise one every tenth.
class Bar {
 public:
  explicit Bar(std::size_t bytes) : bytes_(bytes) {}
  void show(std::size_t done) {
    const std::size_t percent = done * 100 / bytes_;
    if (percent == shown_ || (!is_terminal_ && percent / 10 == shown_ / 10 && done < bytes_)) return;
    shown_ = percent;
    const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    const double left = rate > 0 ? static_cast<double>(bytes_ - done) / rate : 0;
    std::fprintf(stderr, "%ssending     %3zu %%  %.0f KB/s  %.0f s left   %s", is_terminal_ ? "\r" : "", percent,
                 rate / 1000, left, is_terminal_ && done < bytes_ ? "" : "\n");
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  const Clock::time_point started_ = Clock::now();
  std::size_t bytes_;
  std::size_t shown_ = std::size_t(-1);
};

/// What a person can do about it.
std::string advice(int error) {
  switch (error) {
    case 3:
      return "This module takes no firmware over the wire.";
    case 4:
      return "It does not take an image or blocks of this size; try --block-size 1024.";
    case 21:
      return "The image was not taken and the old firmware runs on. Older than what runs: build it with a "
             "higher version. "
             "Damaged: send it again. For another model: sign it with that model's CA, for that machine. No room: free "
             "some of the disk that holds --state.";
    case 23:
      return "The image is signed with another key than the one of the module's OTAcertificate. Sign it with the CA "
             "that "
             "issued the module; after `image new-key` the module must get firmware.pem first (image --help).";
    default:
      return "The old firmware runs on.";
  }
}

Error refused(const quickconnect::AtReply& reply) {
  return Error::invalid("The module answers " + reply.text() + ". " + advice(reply.error));
}

Status check_model(quickconnect::Module& module, const crypto::FirmwareHead& head) {
  XL_TRY(const std::string about, module.get("About"));
  if (about == head.vendor + " - " + head.model) return {};
  return fail(
      Error::invalid("The image is for " + head.vendor + " - " + head.model + ", but the module is a " + about + "."));
}

Status transfer(quickconnect::AtClient& at, const std::string& bytes, std::size_t block_bytes) {
  XL_TRY(const auto ready, at.run("AT+OTW " + std::to_string(bytes.size()) + "," + std::to_string(block_bytes)));
  if (!ready.is_ok()) return fail(refused(ready));
  Bar bar(bytes.size());
  for (std::size_t sent = 0; sent < bytes.size(); sent += block_bytes) {
    XL_TRY(const auto taken, at.run_raw(std::string_view(bytes).substr(sent, block_bytes), at.kMaxExec));
    if (!taken.is_ok()) return fail(refused(taken));
    bar.show(std::min(sent + block_bytes, bytes.size()));
  }
  XL_TRY(const auto complete, at.run_raw({}, at.kMaxExec));
  return complete.is_ok() ? Status() : fail(refused(complete));
}

Status wait_for_version(quickconnect::Module& module, const std::string& wanted) {
  std::printf("restart     the module tries the new firmware\n");
  std::fflush(stdout);
  const auto deadline = Clock::now() + kRestartLimit;
  Status found = module.find();
  while (!found && found.error().code == Errc::unavailable && Clock::now() < deadline) found = module.find();
  XL_CHECK(found);
  XL_TRY(const std::string runs, module.get("Version"));
  if (runs == wanted) {
    std::printf("done        version %s runs\n", runs.c_str());
    return {};
  }
  return fail(Error::conflict("The module runs version " + runs + ", not " + wanted +
                              ": the new firmware did not come up, and the module has gone back. Its log says why."));
}

}  // namespace

Status make_image_key(const Options& options) {
  const std::string before = factory::read_file(std::filesystem::path(options.ca_dir) / "firmware.pem").value_or("");
  XL_TRY(const auto certificate, factory::renew_firmware_signer(options.ca_dir));
  std::printf("key made    %s/firmware.key, certificate %s/firmware.pem\n", options.ca_dir.c_str(),
              options.ca_dir.c_str());
  std::printf(
      "next        new modules get the certificate with `issue`; to the others its host sends\n"
      "            AT+CONF OTAcertificate=pem, then the lines of firmware.pem\n");
  if (!before.empty())
    std::printf("note        modules that have not got it still want images signed with the key before\n");
  return {};
}

Status sign_image(const Options& options) {
  const ImageCommand& command = options.image;
  XL_TRY(const factory::VendorCa ca, factory::open_ca(options.ca_dir));
  XL_TRY(const auto image, factory::sign_program(ca, command.program));
  XL_CHECK(factory::write_file(command.file, image.bytes));
  std::printf("image       %s, version %s for %s - %s, %zu bytes\nnext        expresslink-factory image send PORT %s\n",
              command.file.c_str(), image.head.version.c_str(), image.head.vendor.c_str(), image.head.model.c_str(),
              image.bytes.size(), command.file.c_str());
  return {};
}

Status send_image(const Options& options) {
  const ImageCommand& command = options.image;
  XL_TRY(const auto image, factory::read_image(command.file));
  XL_TRY(const auto port, quickconnect::open_serial_port(command.port, kNoInterrupt));
  quickconnect::AtClient at(*port);
  quickconnect::Module module(at);
  XL_CHECK(module.find());
  XL_TRY(const std::string before, module.get("Version"));
  XL_CHECK(check_model(module, image.head));
  std::printf("update      from version %s to %s\n", before.c_str(), image.head.version.c_str());
  std::fflush(stdout);
  XL_CHECK(transfer(at, image.bytes, command.block_bytes));
  return wait_for_version(module, image.head.version);
}

}  // namespace xl::app
