// SPDX-License-Identifier: Apache-2.0
// libgpiod's first interface, which Debian 12 has.
#include "platform/linux/libgpiod.hpp"

#include <gpiod.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

namespace xl::platform {
namespace {

constexpr const char* kConsumer = "expresslink-module";

struct CloseChip {
  void operator()(gpiod_chip* chip) const { ::gpiod_chip_close(chip); }
};
using Chip = std::unique_ptr<gpiod_chip, CloseChip>;  // releases its lines, too

Error cannot(const std::string& what, const GpioLine& line) {
  const int reason = errno;
  std::string text = "Cannot " + what + " the pin " + line.name() + ": " + std::strerror(reason) + ".";
  if (reason == EACCES) text += " Add yourself to its group (often: sudo adduser $USER gpio).";
  if (reason == EBUSY) text += " Another program or driver has it; gpioinfo names it.";
  return {reason == ENOENT ? Errc::not_found : Errc::io, std::move(text)};
}

struct OpenLine {
  Chip chip;
  gpiod_line* line = nullptr;
};

Result<OpenLine> open(const GpioLine& wanted) {
  OpenLine opened;
  opened.chip.reset(::gpiod_chip_open_lookup(wanted.chip.c_str()));
  if (opened.chip) opened.line = ::gpiod_chip_get_line(opened.chip.get(), wanted.offset);
  if (opened.line == nullptr) return fail(cannot("find", wanted));
  return opened;
}

class Output final : public GpioOutput {
 public:
  Output(OpenLine opened, GpioLine name) : opened_(std::move(opened)), name_(std::move(name)) {}
  Status set(bool high) override {
    if (::gpiod_line_set_value(opened_.line, high ? 1 : 0) != 0) return fail(cannot("set", name_));
    return {};
  }

 private:
  OpenLine opened_;
  GpioLine name_;
};

class Input final : public GpioInput {
 public:
  Input(OpenLine opened, GpioLine name) : opened_(std::move(opened)), name_(std::move(name)) {}
  int descriptor() const override { return ::gpiod_line_event_get_fd(opened_.line); }
  Result<bool> read() override {
    pollfd events{descriptor(), POLLIN, 0};
    for (gpiod_line_event event{}; ::poll(&events, 1, 0) == 1;) {
      if (::gpiod_line_event_read(opened_.line, &event) != 0) return fail(cannot("read", name_));
    }
    const int level = ::gpiod_line_get_value(opened_.line);
    if (level < 0) return fail(cannot("read", name_));
    return level == 1;
  }

 private:
  OpenLine opened_;
  GpioLine name_;
};

}  // namespace

Result<std::unique_ptr<GpioOutput>> Libgpiod::output(const GpioLine& line, bool high) {
  XL_TRY(OpenLine opened, open(line));
  if (::gpiod_line_request_output(opened.line, kConsumer, high ? 1 : 0) != 0) return fail(cannot("drive", line));
  return std::make_unique<Output>(std::move(opened), line);
}

Result<std::unique_ptr<GpioInput>> Libgpiod::input(const GpioLine& line) {
  XL_TRY(OpenLine opened, open(line));
  constexpr int kPulledUp = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
  // Chips that cannot pull refuse the flag; then the board has to.
  if (::gpiod_line_request_both_edges_events_flags(opened.line, kConsumer, kPulledUp) != 0 &&
      ::gpiod_line_request_both_edges_events(opened.line, kConsumer) != 0) {
    return fail(cannot("watch", line));
  }
  return std::make_unique<Input>(std::move(opened), line);
}

}  // namespace xl::platform
