// SPDX-License-Identifier: Apache-2.0
// Lines of GPIO chips, as much of them as the module's pins need. One implementation asks libgpiod, one is for tests.
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"

namespace xl::platform {

/// `gpiochip0:17`; the chip is a name, a number, a label or a path.
struct GpioLine {
  std::string chip;
  unsigned offset = 0;

  /// errors: invalid_argument
  static Result<GpioLine> parse(const std::string& text);
  std::string name() const { return chip + ":" + std::to_string(offset); }
};

class GpioOutput {
 public:
  virtual ~GpioOutput() = default;
  virtual Status set(bool high) = 0;
};

class GpioInput {
 public:
  virtual ~GpioInput() = default;
  /// Readable when the level has changed.
  virtual int descriptor() const = 0;
  /// Takes what the descriptor has to say, however many changes it were; the level now.
  virtual Result<bool> read() = 0;
};

class Gpio {
 public:
  virtual ~Gpio() = default;
  /// Lines are this process's alone until they are destroyed. errors: not_found, io (somebody else has it)
  virtual Result<std::unique_ptr<GpioOutput>> output(const GpioLine& line, bool high) = 0;
  /// Pulled up, if the chip can: nothing connected is high.
  virtual Result<std::unique_ptr<GpioInput>> input(const GpioLine& line) = 0;
};

}  // namespace xl::platform
