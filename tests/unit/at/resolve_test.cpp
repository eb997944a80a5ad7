// SPDX-License-Identifier: Apache-2.0
#include "at/resolve.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace xl::at {
namespace {

struct Nothing {};
using Spec = CommandSpec<Nothing>;

constexpr std::array kTable{
    Spec{.name = "ASK?"},
    Spec{.name = "GET", .suffix = Suffix::optional, .suffix_max = 16},
    Spec{.name = "SEND", .suffix = Suffix::required, .suffix_min = 1, .suffix_max = 16, .argument = Argument::required},
    Spec{.name = "SET", .argument = Argument::optional},
};
static_assert(is_sorted_and_unique(kTable));
static_assert(!is_sorted_and_unique(std::array{Spec{.name = "B"}, Spec{.name = "A"}}));
static_assert(!is_sorted_and_unique(std::array{Spec{.name = "A"}, Spec{.name = "A"}}));

/// "name suffix|parameter", or the number of the error.
std::string resolved(std::string line) {
  const auto call = resolve(std::span<const Spec>(kTable), ByteSpan(reinterpret_cast<Byte*>(line.data()), line.size()));
  if (!call) return std::to_string(number(call.error()));
  const auto& arguments = call->arguments;
  return std::string(call->command->name) + (arguments.suffix ? std::to_string(*arguments.suffix) : "") + "|" +
         std::string(arguments.text());
}

TEST(Resolve, FindsWordsInAnyCase) {
  EXPECT_EQ(resolved("ask?"), "ASK?|");
  EXPECT_EQ(resolved("SeT x"), "SET|x");
}

TEST(Resolve, RefusesUnknownWordsFirst) {
  EXPECT_EQ(resolved(""), "3");
  EXPECT_EQ(resolved("ASK"), "3");
  EXPECT_EQ(resolved("FOO5,\\x"), "3");
  EXPECT_EQ(resolved(std::string(33, 'A')), "3");
  EXPECT_EQ(resolved("5"), "3");
}

TEST(Resolve, ChecksTheSuffix) {
  EXPECT_EQ(resolved("SET1"), "4");
  EXPECT_EQ(resolved("SEND x"), "4");
  EXPECT_EQ(resolved("SEND0 x"), "7");
  EXPECT_EQ(resolved("SEND17 x"), "7");
  EXPECT_EQ(resolved("SEND4294967297 x"), "7");
  EXPECT_EQ(resolved("SEND16 x"), "SEND16|x");
  EXPECT_EQ(resolved("GET"), "GET|");
  EXPECT_EQ(resolved("GET0"), "GET0|");
}

TEST(Resolve, WantsOneSpaceBeforeTheParameter) {
  EXPECT_EQ(resolved("SEND1,x"), "2");
  EXPECT_EQ(resolved("ASK?x"), "2");
  EXPECT_EQ(resolved("SET  x "), "SET| x ");
}

TEST(Resolve, UndoesEscapes) {
  EXPECT_EQ(resolved("SET a\\Ab\\Dc\\\\d"), "SET|a\nb\rc\\d");
  EXPECT_EQ(resolved("SET \\\\A"), "SET|\\A");
  EXPECT_EQ(resolved("SET \\a"), "5");
  EXPECT_EQ(resolved("SET \\"), "5");
}

TEST(Resolve, ChecksTheArgument) {
  EXPECT_EQ(resolved("ASK? x"), "4");
  EXPECT_EQ(resolved("ASK?  "), "ASK?| ");
  EXPECT_EQ(resolved("SEND1"), "4");
  EXPECT_EQ(resolved("SEND1 "), "SEND1|");
}

TEST(ParseNumber, ToleratesOuterSpacesOnly) {
  EXPECT_EQ(parse_number("  12 ", 100), 12U);
  EXPECT_EQ(parse_number("1 2", 100), std::nullopt);
  EXPECT_EQ(parse_number("", 100), std::nullopt);
  EXPECT_EQ(parse_number("-1", 100), std::nullopt);
  EXPECT_EQ(parse_number("101", 100), std::nullopt);
  EXPECT_EQ(parse_number("99999999999999999999", 0xFFFFFFFF), std::nullopt);
}

}  // namespace
}  // namespace xl::at
