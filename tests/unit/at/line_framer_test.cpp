// SPDX-License-Identifier: Apache-2.0
#include "at/line_framer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace xl::at {
namespace {

using Event = LineFramer::Event;

/// What the framer says to `text`, with the commands it finds.
std::vector<std::string> frame(LineFramer& framer, std::string_view text) {
  std::vector<std::string> found;
  for (const char c : text) {
    switch (framer.push(static_cast<Byte>(c))) {
      case Event::none:
        break;
      case Event::attention:
        found.emplace_back("AT");
        break;
      case Event::command:
        found.push_back("+" + std::string(as_text(framer.line())));
        break;
      case Event::not_a_command:
        found.emplace_back("?");
        break;
      case Event::overflow:
        found.emplace_back("overflow");
    }
  }
  return found;
}

using Found = std::vector<std::string>;

TEST(LineFramer, EndsALineAtEitherCharacterAndIgnoresEmptyLines) {
  LineFramer framer;
  EXPECT_EQ(frame(framer, "AT\r\n\r\nAT+X\nAT\r"), (Found{"AT", "+X", "AT"}));
}

TEST(LineFramer, IgnoresWhatComesBeforeAnEntry) {
  LineFramer framer;
  EXPECT_EQ(frame(framer, "abcdefAT\rxxatAAT+CONF? x AT+y\r"), (Found{"AT", "+CONF? x AT+y"}));
  EXPECT_EQ(frame(framer, "no entry here\rA\rT\r+\r"), (Found{}));
}

TEST(LineFramer, ReportsALineThatBeginsWithAtButIsNoCommand) {
  LineFramer framer;
  EXPECT_EQ(frame(framer, "ATI\rxATI\rAT +X\r"), (Found{"?", "?"}));
}

TEST(LineFramer, TakesExactlyTheDocumentedLength) {
  LineFramer framer;
  const std::string longest(kCommandBytesMax, 'x');
  EXPECT_EQ(frame(framer, "AT+" + longest + "\r"), (Found{"+" + longest}));
  EXPECT_EQ(frame(framer, "AT+" + longest + "y\rAT\r"), (Found{"overflow", "AT"}));
}

TEST(LineFramer, DiscardsAnOverlongLineUpToItsEnd) {
  LineFramer framer;
  EXPECT_EQ(frame(framer, "AT+" + std::string(3 * kCommandBytesMax, 'x') + "AT+FOO\rAT\r"), (Found{"overflow", "AT"}));
}

TEST(LineFramer, ReportsALineThatWasDamagedOutside) {
  LineFramer framer;
  EXPECT_EQ(frame(framer, "AT+SEND1 he"), (Found{}));
  framer.mark_overflow();
  EXPECT_EQ(frame(framer, "llo\rAT\r"), (Found{"overflow", "AT"}));
}

}  // namespace
}  // namespace xl::at
