// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/bytes.hpp"

namespace xl::tests {

/// qemu-system-arm with an image of the module; its two serial lines are sockets of this process. What goes wrong
/// throws std::runtime_error, with what the emulator has said.
class Emulator {
 public:
  explicit Emulator(const std::filesystem::path& image);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  /// A serial line, seen from outside.
  class Line {
   public:
    void write(ByteView bytes);
    Byte read();
    std::string read(std::size_t count);

   private:
    friend class Emulator;
    explicit Line(Emulator& emulator) : emulator_(emulator) {}
    bool fill();

    Emulator& emulator_;
    int fd_ = -1;
    std::string input_;
    std::size_t taken_ = 0;
  };

  Line host{*this};   ///< the module's UART
  Line bench{*this};  ///< the wire to its world

  /// Until the emulator ends by itself; its exit status, -1 when it does not end.
  int wait();
  /// What it has written to its standard error.
  std::string said() const;

 private:
  /// false: nothing came for long, or the emulator has ended.
  bool read_lines();
  [[noreturn]] void fail(const std::string& what);

  std::filesystem::path folder_;
  pid_t child_ = -1;
};

}  // namespace xl::tests
