// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/event_loop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "platform/linux/descriptor.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    reader = Descriptor(ends[0]);
    writer = Descriptor(ends[1]);
  }
  void fill() { EXPECT_EQ(::write(writer.get(), "x", 1), 1); }
  Descriptor reader;
  Descriptor writer;
};

TEST(EventLoop, RunsTimersInTheOrderOfTheirTimes) {
  EventLoop loop;
  std::string order;
  const auto now = EventLoop::Clock::now();
  loop.at(now - 1s, [&] { order += "b"; });
  loop.at(now - 2s, [&] { order += "a"; });
  const auto cancelled = loop.at(now - 3s, [&] { order += "!"; });
  loop.at(now + 1h, [&] { order += "!"; });
  loop.cancel(cancelled);
  loop.cancel(cancelled);
  loop.turn(0ms);
  EXPECT_EQ(order, "ab");
}

TEST(EventLoop, LetsATimerSetAndCancelOthers) {
  EventLoop loop;
  bool second_ran = false;
  const auto now = EventLoop::Clock::now();
  EventLoop::TimerId second = 0;
  loop.at(now - 2s, [&] { loop.cancel(second); });
  second = loop.at(now - 1s, [&] { second_ran = true; });
  loop.turn(0ms);
  EXPECT_FALSE(second_ran);
}

TEST(EventLoop, LetsAHandlerForgetItselfAndOthers) {
  EventLoop loop;
  Pipe first;
  Pipe second;
  first.fill();
  second.fill();
  int calls = 0;
  const auto forget_both = [&](short) {
    ++calls;
    loop.forget(first.reader.get());
    loop.forget(second.reader.get());
  };
  loop.watch(first.reader.get(), POLLIN, forget_both);
  loop.watch(second.reader.get(), POLLIN, forget_both);
  loop.turn(1s);
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, RunsDeferredCallsInTheNextTurnOnly) {
  EventLoop loop;
  int runs = 0;
  std::function<void()> again = [&] {
    if (++runs < 3) loop.defer(again);
  };
  loop.defer(again);
  loop.turn(1h);  // a deferred call is waiting: nothing sleeps
  EXPECT_EQ(runs, 1);
  loop.turn(1h);
  EXPECT_EQ(runs, 2);
}

TEST(EventLoop, SetsTimersJustBeforeItWaits) {
  EventLoop loop;
  bool rang = false;
  loop.before_wait([&] {
    if (!rang) loop.at(EventLoop::Clock::now(), [&] { rang = true; });
  });
  EXPECT_TRUE(testing::turn_until(loop, [&] { return rang; }));
}

TEST(EventLoop, DropsADescriptorThatWasClosedUnderIt) {
  EventLoop loop;
  Pipe pipe;
  int calls = 0;
  loop.watch(pipe.reader.get(), POLLIN, [&](short) { ++calls; });
  pipe.reader = Descriptor();
  loop.turn(1s);
  loop.turn(0ms);
  EXPECT_EQ(calls, 0);
}

TEST(EventLoop, DoesNotWaitOnceItIsStopped) {
  EventLoop loop;
  bool overslept = false;
  loop.at(EventLoop::Clock::now() + 1h, [&] { overslept = true; });
  loop.defer([&] { loop.stop(); });
  loop.run();
  loop.at(EventLoop::Clock::now(), [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(overslept);
}

}  // namespace
}  // namespace xl::platform
