// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/line_editor.hpp"

#include <gtest/gtest.h>

namespace xl::quickconnect::test {
namespace {

LineEditor::Outcome type(LineEditor& editor, std::string_view keys) {
  auto outcome = LineEditor::Outcome::editing;
  for (const char key : keys) outcome = editor.feed(key);
  return outcome;
}

}  // namespace

TEST(LineEditor, TakesALine) {
  LineEditor editor;
  EXPECT_EQ(type(editor, "AT\r"), LineEditor::Outcome::line);
  EXPECT_EQ(editor.take(), "AT");
  EXPECT_EQ(editor.text(), "");
}

TEST(LineEditor, EditsInTheMiddle) {
  LineEditor editor;
  type(editor, "AT+SND\x1b[D\x1b[DE");
  EXPECT_EQ(editor.text(), "AT+SEND");
  type(editor, "\x01\x1b[3~X\x05!\x7f");
  EXPECT_EQ(editor.text(), "XT+SEND");
  type(editor, " a b\x17");
  EXPECT_EQ(editor.text(), "XT+SEND a ");
  type(editor, "\x15");
  EXPECT_EQ(editor.text(), "");
}

TEST(LineEditor, ErasesWholeCharacters) {
  LineEditor editor;
  type(editor, "a\xc3\xa4\x7f");
  EXPECT_EQ(editor.text(), "a");
}

TEST(LineEditor, RecallsEarlierLinesAndKeepsTheDraft) {
  LineEditor editor;
  for (const char* line : {"one", "two"}) {
    type(editor, line);
    editor.take();
  }
  type(editor, "dra\x1b[A");
  EXPECT_EQ(editor.text(), "two");
  type(editor, "\x1b[A\x1b[A");
  EXPECT_EQ(editor.text(), "one");
  type(editor, "\x1bOB\x1b[B");
  EXPECT_EQ(editor.text(), "dra");
}

TEST(LineEditor, EndsWithCtrlDOnAnEmptyLineOnly) {
  LineEditor editor;
  EXPECT_EQ(type(editor, "a\x04"), LineEditor::Outcome::editing);
  EXPECT_EQ(type(editor, "\x7f\x04"), LineEditor::Outcome::end);
}

TEST(LineEditor, HoldsOneCommandAtMost) {
  LineEditor editor;
  type(editor, std::string(20000, 'x'));
  EXPECT_EQ(editor.text().size(), LineEditor::kBytesMax);
}

TEST(LineEditor, DrawsThePartAroundTheCursor) {
  LineEditor editor;
  type(editor, "0123456789abcdefghij");
  EXPECT_EQ(editor.render("> ", 15), "\r> 89abcdefghij\x1b[K");
  type(editor, "\x01");
  EXPECT_EQ(editor.render("> ", 15), "\r> 0123456789ab\x1b[K\x1b[12D");
}

}  // namespace xl::quickconnect::test
