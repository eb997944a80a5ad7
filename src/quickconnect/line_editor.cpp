// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/line_editor.hpp"

#include <algorithm>

namespace xl::quickconnect {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kEscapeBytesMax = 16;

constexpr char control(char letter) { return static_cast<char>(letter & 0x1f); }
bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

}  // namespace

LineEditor::Outcome LineEditor::feed(char byte) {
  if (!escape_.empty()) {
    feed_escape(byte);
    return Outcome::editing;
  }
  if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) return feed_control(byte);
  insert(byte);
  return Outcome::editing;
}

LineEditor::Outcome LineEditor::feed_control(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return Outcome::line;
    case kEscape:
      escape_ = byte;
      break;
    case 0x7f:
    case control('H'):
      erase_before();
      break;
    case control('A'):
      cursor_ = 0;
      break;
    case control('E'):
      cursor_ = text_.size();
      break;
    case control('B'):
      move_left();
      break;
    case control('F'):
      move_right();
      break;
    case control('P'):
      recall(true);
      break;
    case control('N'):
      recall(false);
      break;
    case control('K'):
      text_.erase(cursor_);
      break;
    case control('U'):
      text_.erase(0, cursor_);
      cursor_ = 0;
      break;
    case control('W'):
      erase_word_before();
      break;
    case control('D'):
      if (text_.empty()) return Outcome::end;
      erase_under();
      break;
    default:
      break;
  }
  return Outcome::editing;
}

void LineEditor::feed_escape(char byte) {
  escape_ += byte;
  if (escape_.size() == 2 && (byte == '[' || byte == 'O')) return;
  const bool is_final = escape_.size() > 2 && byte >= 0x40 && byte <= 0x7e;
  if (is_final) run_escape(byte);
  if (is_final || escape_.size() == 2 || escape_.size() > kEscapeBytesMax) escape_.clear();
}

void LineEditor::run_escape(char final) {
  switch (final) {
    case 'A':
      recall(true);
      break;
    case 'B':
      recall(false);
      break;
    case 'C':
      move_right();
      break;
    case 'D':
      move_left();
      break;
    case 'H':
      cursor_ = 0;
      break;
    case 'F':
      cursor_ = text_.size();
      break;
    case '~':
      if (escape_.ends_with("[3~")) erase_under();
      if (escape_.ends_with("[1~") || escape_.ends_with("[7~")) cursor_ = 0;
      if (escape_.ends_with("[4~") || escape_.ends_with("[8~")) cursor_ = text_.size();
      break;
    default:
      break;
  }
}

void LineEditor::insert(char byte) {
  if (text_.size() >= kBytesMax) return;
  text_.insert(cursor_, 1, byte);
  ++cursor_;
}

void LineEditor::move_left() {
  if (cursor_ == 0) return;
  do {
    --cursor_;
  } while (cursor_ > 0 && continues_character(text_[cursor_]));
}

void LineEditor::move_right() {
  if (cursor_ == text_.size()) return;
  do {
    ++cursor_;
  } while (cursor_ < text_.size() && continues_character(text_[cursor_]));
}

void LineEditor::erase_under() {
  const std::size_t start = cursor_;
  move_right();
  text_.erase(start, cursor_ - start);
  cursor_ = start;
}

void LineEditor::erase_before() {
  const std::size_t end = cursor_;
  move_left();
  text_.erase(cursor_, end - cursor_);
}

void LineEditor::erase_word_before() {
  const std::size_t end = cursor_;
  while (cursor_ > 0 && text_[cursor_ - 1] == ' ') --cursor_;
  while (cursor_ > 0 && text_[cursor_ - 1] != ' ') --cursor_;
  text_.erase(cursor_, end - cursor_);
}

void LineEditor::recall(bool older) {
  if (older ? recalled_ == history_.size() : recalled_ == 0) return;
  if (recalled_ == 0) draft_ = text_;
  recalled_ += older ? 1 : std::size_t(-1);
  text_ = recalled_ == 0 ? draft_ : history_[recalled_ - 1];
  cursor_ = text_.size();
}

std::string LineEditor::take() {
  std::string line = std::move(text_);
  text_.clear();
  cursor_ = 0;
  recalled_ = 0;
  if (!line.empty() && (history_.empty() || history_.front() != line)) history_.push_front(line);
  if (history_.size() > kHistoryMax) history_.pop_back();
  return line;
}

std::string LineEditor::render(std::string_view prompt, std::size_t columns) const {
  const std::size_t room = std::max<std::size_t>(columns, prompt.size() + 10) - prompt.size() - 1;
  std::size_t start = 0;
  while (characters(std::string_view(text_).substr(start, cursor_ - start)) > room) {
    do {
      ++start;
    } while (start < text_.size() && continues_character(text_[start]));
  }
  std::size_t end = text_.size();
  while (characters(std::string_view(text_).substr(start, end - start)) > room) {
    do {
      --end;
    } while (continues_character(text_[end]));
  }
  const std::size_t behind = characters(std::string_view(text_).substr(cursor_, end - cursor_));
  std::string out = "\r" + std::string(prompt) + text_.substr(start, end - start) + "\x1b[K";
  if (behind > 0) out += "\x1b[" + std::to_string(behind) + "D";
  return out;
}

}  // namespace xl::quickconnect
