// SPDX-License-Identifier: Apache-2.0
// New firmware from whoever is at the serial line: the parameters of OTW, a line feed, and what follows as an image, to
// the module and to what reads an image's head.
#include "crypto/firmware_image.hpp"
#include "fuzz/fuzz.hpp"
#include "platform/sim/bench.hpp"

namespace xl::fuzz {
namespace {

void read_head(ByteView image) {
  const std::uint32_t bytes = crypto::firmware_bytes(image);
  const auto head = crypto::read_firmware_head(image);
  if (!head) return;
  require(head->bytes == bytes && bytes > crypto::kFirmwareHeadBytes, "an image has a program");
  require(head->version.size() <= 32 && head->vendor.size() <= 64 && head->model.size() <= 64, "texts fit");
  require(!crypto::is_older_version(head->version, head->version) || !crypto::is_version(head->version),
          "no version is older than itself");
}

void send(std::string_view parameters, std::string_view image) {
  platform::sim::Bench bench;
  bench.has_images = true;
  bench.images.room = 1 << 16;
  bench.power_cycle();
  bench.type("AT+OTW " + std::string(parameters) + "\r");
  bench.type(image);
  if (bench.images.announced)
    require(bench.images.received.size() <= *bench.images.announced, "no more than announced");
  require(bench.images.restarts == (bench.images.active.empty() ? 0U : 1U), "it restarts with an image");
  if (bench.images.restarts == 0 && bench.images.announced) {
    bench.advance(std::chrono::seconds(31));
    require(!bench.images.announced, "silence ends it");
  }
  bench.reset_pin();
  bench.uart.take();
  require(bench.command("AT") == "OK", "after RST it answers");
}

}  // namespace

void run(ByteView input) {
  std::string_view rest = as_text(input);
  const std::string_view parameters = take_part(rest);
  read_head(as_bytes(rest));
  send(parameters, rest);
}

}  // namespace xl::fuzz
