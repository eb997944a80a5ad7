// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <termios.h>

#include <optional>
#include <string>

#include "quickconnect/terminal.hpp"

namespace xl::quickconnect {

/// Standard input and output of this process. There is one; it takes SIGINT and SIGTERM, and gives the terminal back as
/// it was.
class ConsoleTerminal final : public Terminal {
 public:
  explicit ConsoleTerminal(bool interactive);
  ConsoleTerminal(const ConsoleTerminal&) = delete;
  ConsoleTerminal& operator=(const ConsoleTerminal&) = delete;
  ~ConsoleTerminal() override;

  void say(std::string_view line) override;
  void progress(std::string_view line) override;
  Status wait(std::chrono::milliseconds time) override;

  bool has_keyboard() const { return saved_.has_value(); }
  bool draws() const { return draws_; }  ///< standard output is a screen
  std::size_t columns() const;
  void draw(std::string_view sequences);
  /// Bytes of standard input, as soon as there are some; empty when `timeout` has passed without any.
  /// errors: conflict at its end or when interrupted
  Result<std::string> read(std::chrono::milliseconds timeout);
  bool is_interrupted() const;
  bool wants_to_end() const { return ends_; }  ///< Ctrl-D, or the end of input
  int interrupt_fd() const;

 private:
  void make_raw();
  void clear_progress();
  Status take_input(std::chrono::milliseconds timeout, bool wanted);

  bool draws_;
  bool ends_ = false;
  bool shows_progress_ = false;
  std::optional<std::chrono::steady_clock::time_point> progress_printed_;
  std::optional<termios> saved_;
  std::string typed_ahead_;
};

}  // namespace xl::quickconnect
