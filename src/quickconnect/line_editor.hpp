// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <string>
#include <string_view>

namespace xl::quickconnect {

/// One editable line with a history, fed with the bytes of a terminal in raw mode. No input or output of its own.
class LineEditor {
 public:
  static constexpr std::size_t kBytesMax = 9 << 10;  ///< source: guide 4.4.1
  static constexpr std::size_t kHistoryMax = 200;

  enum class Outcome { editing, line, end };

  /// `line`: take() has a finished line. `end`: Ctrl-D on an empty line.
  Outcome feed(char byte);
  std::string take();
  /// Escape sequences that draw `prompt` and the part of the line around the cursor into `columns`.
  std::string render(std::string_view prompt, std::size_t columns) const;
  const std::string& text() const { return text_; }

 private:
  void insert(char byte);
  void erase_before();
  void erase_word_before();
  void erase_under();
  void move_left();
  void move_right();
  void recall(bool older);
  Outcome feed_control(char byte);
  void feed_escape(char byte);
  void run_escape(char final);

  std::string text_;
  std::size_t cursor_ = 0;  ///< bytes before it
  std::deque<std::string> history_;
  std::size_t recalled_ = 0;  ///< 0: the new line; n: the nth youngest of the history
  std::string draft_;
  std::string escape_;  ///< a sequence under way, ESC included
};

}  // namespace xl::quickconnect
