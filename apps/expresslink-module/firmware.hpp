// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "line.hpp"
#include "options.hpp"
#include "platform/linux/firmware_slots.hpp"

namespace xl::app {

/// Which firmware this process is, and how it becomes another one: the installed program looks which image runs and
/// replaces itself by it (exec: the process, its descriptors and its arguments stay). A new image is tried before, in a
/// child: it must come up with the module's own identity, storage and line, and answer AT. docs/firmware.md
class Firmware {
 public:
  explicit Firmware(char** arguments);

  /// This is such a child: come up, and end with success if all is well.
  bool is_trial() const { return is_trial_; }
  /// Nobody has looked yet which image runs: this is the installed program, just started.
  bool is_first() const { return slot_ == Slot::none; }
  /// The line's ends of the program before.
  LineEnds take_ends() const;

  /// Tries what is to be tried, once the line is open, and becomes what runs then. Returns when that is this program,
  /// or when it cannot be started; the line's ends are the caller's again. Nothing of the module may be open but them.
  void start_chosen(const Options& options, LineEnds& ends) const;

 private:
  using Image = platform::FirmwareSlots::Image;
  using Slot = platform::FirmwareSlots::Slot;
  void hold_trial(const Options& options, LineEnds& ends) const;
  Status run_trial(const Image& image, const LineEnds& ends) const;
  void become(const Image& image, const LineEnds& ends) const;
  std::vector<std::string> environment_for(const Image& image, bool is_trial, const LineEnds& ends) const;

  char** arguments_;
  Slot slot_ = Slot::none;
  bool is_trial_ = false;
  std::string ends_;
};

}  // namespace xl::app
