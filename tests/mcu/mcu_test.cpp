// SPDX-License-Identifier: Apache-2.0
// The AT conversations of tests/transcript with the module on an emulated Cortex-M3. Needs the image of
// tools/mcu_build.sh; its path is in XL_MCU_IMAGE. tools/mcu_check.sh runs this.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "mcu/emulator.hpp"
#include "mcu/wire_device.hpp"
#include "transcript/player.hpp"
#include "transcript/transcript.hpp"

namespace xl::tests {
namespace {

using platform::mcu::Input;
using platform::sim::Bench;

std::filesystem::path image() {
  const char* const path = std::getenv("XL_MCU_IMAGE");
  if (path == nullptr) throw std::runtime_error("XL_MCU_IMAGE does not name an image");
  return path;
}

platform::sim::MakeDevice on(Emulator& emulator) {
  return [&emulator](const module::Ports& ports, const module::ports::Identity& identity, module::Settings settings) {
    return std::make_unique<WireDevice>(emulator, ports, identity, settings);
  };
}

class Microcontroller : public ::testing::TestWithParam<std::string> {};

/// The high-water mark goes to tools/mcu_sizes.py.
TEST_P(Microcontroller, SpeaksAsWritten) {
  Emulator emulator(image());
  const auto scenarios = read_transcript(std::filesystem::path(XL_TRANSCRIPTS) / (GetParam() + ".at"));
  ASSERT_FALSE(scenarios.empty());
  for (const auto& scenario : scenarios) {
    Bench bench(true, on(emulator));
    Player(bench).play(scenario);
  }
  std::cout << GetParam() << ": " << scenarios.size() << " conversations, stack " << stack_bytes_used(emulator)
            << " bytes\n";
}

INSTANTIATE_TEST_SUITE_P(Files, Microcontroller, ::testing::ValuesIn(transcript_names(XL_TRANSCRIPTS)),
                         [](const auto& info) { return info.param; });

/// The longest command, the longest message and more than fits, on the small model.
TEST(MicrocontrollerLimits, HoldTheirLongestAndRefuseMore) {
  Emulator emulator(image());
  Bench bench(true, on(emulator));
  bench.connect();
  EXPECT_EQ(bench.command("AT+CONF Topic1=" + std::string(256, 't')), "OK");
  EXPECT_EQ(bench.command("AT+SEND1 " + std::string(2048, 'x')), "OK");
  EXPECT_EQ(bench.broker.published.back().payload, std::string(2048, 'x'));
  EXPECT_NE(bench.command("AT+SEND1 " + std::string(9000, 'x')), "OK") << "longer than this model's messages";
  EXPECT_EQ(bench.command("AT+SEND1 " + std::string(9300, 'x')), "ERR1 OVERFLOW");
  bench.broker.publish("any", std::string(2048, 'y'));
  bench.broker.publish("any", std::string(4000, 'z'));
  bench.settle();
  EXPECT_EQ(bench.next_event(), "OK 1 0 MSG");
  EXPECT_EQ(bench.next_event(), "OK 4 0 OVERRUN any");
  EXPECT_EQ(bench.command("AT+GET"), "OK1 any\r\n" + std::string(2048, 'y'));
  EXPECT_EQ(bench.command("AT"), "OK");
}

TEST(MicrocontrollerFault, EndsTheEmulatorWithAFailureAndAMessage) {
  Emulator emulator(image());
  const Byte nonsense = 0xEE;
  emulator.bench.write(ByteView(&nonsense, 1));
  EXPECT_EQ(emulator.wait(), 1);
  EXPECT_NE(emulator.said().find("wire: an input that nobody knows"), std::string::npos) << emulator.said();
}

TEST(MicrocontrollerFault, IsAlsoATrap) {
  Emulator emulator(image());
  const Byte trap = static_cast<Byte>(Input::trap);
  emulator.bench.write(ByteView(&trap, 1));
  EXPECT_EQ(emulator.wait(), 1);
  EXPECT_NE(emulator.said().find("fault: hard fault"), std::string::npos) << emulator.said();
}

}  // namespace
}  // namespace xl::tests
