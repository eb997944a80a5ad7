// SPDX-License-Identifier: Apache-2.0
// The pins on lines that this test moves: pipes stand for the kernel's edge events.
#include "platform/linux/hardware_pins.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <map>

#include "platform/linux/descriptor.hpp"
#include "platform/linux/libgpiod.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using testing::turn_until;

/// A line and what is connected to it.
struct Wire {
  Wire() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
    edges = Descriptor(ends[0]);
    mover = Descriptor(ends[1]);
  }
  void move(bool to) {
    high = to;
    EXPECT_EQ(::write(mover.get(), "x", 1), 1);
  }

  bool high = true;
  bool is_broken = false;
  Descriptor edges, mover;
};

class Chip final : public Gpio {
 public:
  Result<std::unique_ptr<GpioOutput>> output(const GpioLine& line, bool high) override {
    wires[line.offset].high = high;
    return std::make_unique<Output>(wires[line.offset]);
  }
  Result<std::unique_ptr<GpioInput>> input(const GpioLine& line) override {
    if (line.chip != "chip") return fail(Error::not_found("The chip", line.chip));
    return std::make_unique<Input>(wires[line.offset]);
  }

  std::map<unsigned, Wire> wires;

 private:
  struct Output final : GpioOutput {
    explicit Output(Wire& to) : wire(to) {}
    Status set(bool high) override {
      if (wire.is_broken) return fail(Error::io("broken"));
      wire.high = high;
      return {};
    }
    Wire& wire;
  };
  struct Input final : GpioInput {
    explicit Input(Wire& to) : wire(to) {}
    int descriptor() const override { return wire.edges.get(); }
    Result<bool> read() override {
      if (wire.is_broken) return fail(Error::io("broken"));
      std::array<char, 64> edges;
      while (::read(descriptor(), edges.data(), edges.size()) > 0) {
      }
      return wire.high;
    }
    Wire& wire;
  };
};

class HardwarePinsTest : public ::testing::Test {
 protected:
  void open(const HardwarePins::Lines& lines) {
    auto opened = HardwarePins::open(loop_, chip_, lines);
    ASSERT_TRUE(opened) << opened.error().detail;
    pins_ = std::move(*opened);
    // Like the module: a start queues STARTUP.
    pins_->watch({.reset =
                      [this] {
                        ++resets_;
                        pins_->set_event(true);
                      },
                  .wake = [this] { ++wakes_; }});
  }

  static constexpr unsigned kEvent = 17, kReset = 27, kWake = 22;
  EventLoop loop_;
  Chip chip_;
  Wire& event_ = chip_.wires[kEvent];
  Wire& reset_ = chip_.wires[kReset];
  std::unique_ptr<HardwarePins> pins_;
  int resets_ = 0, wakes_ = 0;
};

TEST_F(HardwarePinsTest, EventIsHighWhileEventsWait) {
  open({.event = GpioLine{"chip", kEvent}, .reset = {}, .wake = {}});
  EXPECT_FALSE(event_.high) << "low before anything has happened";
  pins_->set_event(true);
  EXPECT_TRUE(event_.high);
  pins_->set_event(false);
  EXPECT_FALSE(event_.high);
}

TEST_F(HardwarePinsTest, EventIsLowWhenTheProgramEnds) {
  open({.event = GpioLine{"chip", kEvent}, .reset = {}, .wake = {}});
  pins_->set_event(true);
  pins_.reset();
  EXPECT_FALSE(event_.high);
}

TEST_F(HardwarePinsTest, ResetEmptiesTheModuleAndHoldsItUntilItIsReleased) {
  open({.event = GpioLine{"chip", kEvent}, .reset = GpioLine{"chip", kReset}, .wake = {}});
  pins_->set_event(true);
  reset_.move(false);
  ASSERT_TRUE(turn_until(loop_, [this] { return resets_ == 1; }));
  EXPECT_TRUE(pins_->is_held_in_reset());
  EXPECT_FALSE(event_.high) << "nothing waits in a module that is held";
  reset_.move(true);
  ASSERT_TRUE(turn_until(loop_, [this] { return resets_ == 2; }));
  EXPECT_FALSE(pins_->is_held_in_reset());
  EXPECT_TRUE(event_.high) << "STARTUP";
}

TEST_F(HardwarePinsTest, APulseThatIsAlreadyOverIsAResetToo) {
  open({.event = {}, .reset = GpioLine{"chip", kReset}, .wake = {}});
  reset_.move(false);
  reset_.move(true);
  ASSERT_TRUE(turn_until(loop_, [this] { return resets_ == 1; }));
  EXPECT_FALSE(pins_->is_held_in_reset());
}

TEST_F(HardwarePinsTest, ResetMayBeLowFromTheStart) {
  reset_.high = false;
  open({.event = GpioLine{"chip", kEvent}, .reset = GpioLine{"chip", kReset}, .wake = {}});
  EXPECT_TRUE(pins_->is_held_in_reset());
  pins_->set_event(true);
  EXPECT_FALSE(event_.high);
}

TEST_F(HardwarePinsTest, WakeWakesWhenItGoesLowAndResetsNothing) {
  open({.event = {}, .reset = {}, .wake = GpioLine{"chip", kWake}});
  Wire& wake = chip_.wires[kWake];
  wake.move(false);
  ASSERT_TRUE(turn_until(loop_, [this] { return wakes_ == 1; }));
  wake.move(true);
  loop_.turn(std::chrono::milliseconds(100));
  EXPECT_EQ(wakes_, 1) << "let go";
  wake.move(false);
  wake.move(true);
  ASSERT_TRUE(turn_until(loop_, [this] { return wakes_ == 2; })) << "a pulse that is over already";
  EXPECT_EQ(resets_, 0);
}

TEST_F(HardwarePinsTest, ALineThatFailsIsLeftAlone) {
  open({.event = GpioLine{"chip", kEvent}, .reset = GpioLine{"chip", kReset}, .wake = {}});
  event_.is_broken = reset_.is_broken = true;
  pins_->set_event(true);
  reset_.move(false);
  loop_.turn(std::chrono::milliseconds(100));
  reset_.is_broken = false;
  loop_.turn(std::chrono::milliseconds(0));
  EXPECT_EQ(resets_, 0);
  EXPECT_FALSE(pins_->is_held_in_reset());
}

TEST_F(HardwarePinsTest, ALineThatDoesNotExistIsAnError) {
  EXPECT_EQ(HardwarePins::open(loop_, chip_, {.event = {}, .reset = GpioLine{"other", 1}, .wake = {}}).error().code,
            Errc::not_found);
}

TEST(GpioLineText, IsAChipAndANumber) {
  const auto line = GpioLine::parse("/dev/gpiochip0:17");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->chip, "/dev/gpiochip0");
  EXPECT_EQ(line->offset, 17U);
  for (const auto* wrong : {"", "17", ":17", "gpiochip0:", "gpiochip0:x", "gpiochip0:-1", "gpiochip0:1 "}) {
    EXPECT_FALSE(GpioLine::parse(wrong)) << wrong;
  }
}

TEST(LibgpiodTest, NamesAChipThatIsNotThere) {
  Libgpiod gpio;
  const auto refused = gpio.output({"no-such-chip", 3}, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_NE(refused.error().detail.find("no-such-chip:3"), std::string::npos) << refused.error().detail;
}

}  // namespace
}  // namespace xl::platform
