// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/pty.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <termios.h>

#include <array>
#include <csignal>

#include "platform/linux/file_storage.hpp"
#include "platform/linux/serial_port.hpp"
#include "platform/linux/stream_uart.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;
using testing::turn_until;

class PtyTest : public ::testing::Test {
 protected:
  Pty create() {
    auto pty = Pty::create(link_, state_);
    EXPECT_TRUE(pty) << pty.error().detail;
    return std::move(*pty);
  }
  Descriptor plug_in() { return Descriptor(::open(link_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)); }
  /// What the host receives until `size` bytes are there.
  std::string take(EventLoop& loop, int host, std::size_t size) {
    std::string taken;
    turn_until(loop, [&] {
      std::array<char, 16 * 1024> bytes;
      const ssize_t count = ::read(host, bytes.data(), bytes.size());
      if (count > 0) taken.append(bytes.data(), static_cast<std::size_t>(count));
      return taken.size() >= size;
    });
    return taken;
  }

  testing::TemporaryFolder folder_;
  fs::path link_ = folder_.path() / "module";
  FileStorage state_ = std::move(*FileStorage::open(folder_.path() / "state"));
};

using PtyLink = PtyTest;
using PtyLine = PtyTest;

TEST_F(PtyLink, LeadsToTheSlaveAndGoesWithThePty) {
  {
    const Pty pty = create();
    EXPECT_EQ(fs::read_symlink(link_), pty.slave_name());
  }
  EXPECT_EQ(fs::symlink_status(link_).type(), fs::file_type::not_found);
}

TEST_F(PtyLink, ReplacesALinkThatLeadsNowhere) {
  fs::create_symlink("/dev/pts/no-such-terminal", link_);
  const Pty pty = create();
  EXPECT_EQ(fs::read_symlink(link_), pty.slave_name());
}

TEST_F(PtyLink, ReplacesTheLinkOfItsOwnKilledPredecessor) {
  testing::TemporaryFolder elsewhere;
  const fs::path target = elsewhere.path();  // stands for a /dev/pts number that now belongs to somebody else
  fs::create_symlink(target, link_);
  ASSERT_FALSE(Pty::create(link_, state_));
  ASSERT_TRUE(state_.write("platform.pty", as_bytes(link_.string() + "\n" + target.string())));
  const Pty pty = create();
  EXPECT_EQ(fs::read_symlink(link_), pty.slave_name());
}

TEST_F(PtyLink, LeavesEverythingElseAlone) {
  testing::write_file(link_, "precious");
  EXPECT_EQ(Pty::create(link_, state_).error().code, Errc::already_exists);
  EXPECT_EQ(testing::read_file(link_), "precious");
  fs::remove(link_);
  fs::create_symlink(folder_.path(), link_);
  const auto refused = Pty::create(link_, state_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("rm " + link_.string()), std::string::npos) << refused.error().detail;
  EXPECT_EQ(fs::read_symlink(link_), folder_.path());
}

TEST_F(PtyLink, DoesNotRemoveWhatSomebodyElsePutThere) {
  {
    const Pty pty = create();
    fs::remove(link_);
    testing::write_file(link_, "theirs");
  }
  EXPECT_EQ(testing::read_file(link_), "theirs");
}

TEST_F(PtyLink, TellsWhenItCannotBeMade) {
  EXPECT_EQ(Pty::create(folder_.path() / "missing" / "link", state_).error().code, Errc::io);
}

TEST_F(PtyLine, SurvivesHostsThatComeAndGo) {
  EventLoop loop;
  const Pty pty = create();
  StreamUart uart(loop, pty.master());
  std::string heard;
  bool ended = false;
  uart.start([&](ByteView bytes) { heard += as_text(bytes); }, [&] { ended = true; });
  for (int round = 0; round < 5; ++round) {
    const Descriptor host = plug_in();
    ASSERT_TRUE(host);
    ASSERT_EQ(::write(host.get(), "AT\n", 3), 3);
    ASSERT_TRUE(turn_until(loop, [&] { return heard == "AT\n"; }));
    heard.clear();
    uart.write(as_bytes("OK\r\n"));
    EXPECT_EQ(take(loop, host.get(), 4), "OK\r\n");
  }
  loop.turn(std::chrono::milliseconds(20));
  EXPECT_FALSE(ended);
}

TEST_F(PtyLine, IsRaw) {
  EventLoop loop;
  const Pty pty = create();
  StreamUart uart(loop, pty.master());
  std::string heard;
  uart.start([&](ByteView bytes) { heard += as_text(bytes); }, [] {});
  const Descriptor host = plug_in();
  const std::string every("\x00\x03\x04\x0A\x0D\x11\x13\x1A\x7F\xFF", 10);
  ASSERT_EQ(::write(host.get(), every.data(), every.size()), 10);
  ASSERT_TRUE(turn_until(loop, [&] { return heard.size() >= every.size(); }));
  EXPECT_EQ(heard, every);
  uart.write(as_bytes(every));
  EXPECT_EQ(take(loop, host.get(), every.size()), every);
  EXPECT_EQ(heard, every);  // no echo
}

TEST_F(PtyLine, TakesAWholeResponseWhileTheHostIsSlow) {
  EventLoop loop;
  const Pty pty = create();
  StreamUart uart(loop, pty.master());
  uart.start([](ByteView) {}, [] {});
  const Descriptor host = plug_in();
  std::string response;
  for (int i = 0; response.size() < 60'000; ++i) response += std::to_string(i) + " ";
  uart.write(as_bytes(response));
  for (int i = 0; i < 10; ++i) loop.turn(std::chrono::milliseconds(1));  // the terminal's own buffer is full by now
  EXPECT_EQ(take(loop, host.get(), response.size()), response);
}

TEST_F(PtyLine, DoesNotGrowWhenNobodyListens) {
  EventLoop loop;
  const Pty pty = create();
  StreamUart uart(loop, pty.master());
  uart.start([](ByteView) {}, [] {});
  const std::string response(10'000, 'x');
  for (int i = 0; i < 1000; ++i) uart.write(as_bytes(response));
  const Descriptor host = plug_in();
  const std::string first = take(loop, host.get(), 250'000);
  EXPECT_GE(first.size(), 250'000u);
  uart.write(as_bytes("!"));
  std::string rest;
  EXPECT_TRUE(turn_until(loop, [&] { return (rest += take(loop, host.get(), 1)).ends_with('!'); }));
  EXPECT_LT(first.size() + rest.size(), 300'000u);
}

TEST(StreamUart, EndsWhenItsInputEnds) {
  EventLoop loop;
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  ASSERT_EQ(::pipe(in.data()) | ::pipe(out.data()), 0);
  const Descriptor in_reader(in[0]);
  Descriptor in_writer(in[1]);
  const Descriptor out_reader(out[0]);
  const Descriptor out_writer(out[1]);
  StreamUart uart(loop, in[0], out[1]);
  int ends = 0;
  uart.start([&](ByteView bytes) { uart.write(bytes); }, [&] { ++ends; });
  ASSERT_EQ(::write(in_writer.get(), "AT\n", 3), 3);
  in_writer = Descriptor();
  ASSERT_TRUE(turn_until(loop, [&] { return ends > 0; }));
  uart.write(as_bytes("bye"));
  uart.drain(std::chrono::seconds(5));
  std::array<char, 16> bytes;
  EXPECT_EQ(::read(out_reader.get(), bytes.data(), bytes.size()), 6);
  loop.turn(std::chrono::milliseconds(1));
  EXPECT_EQ(ends, 1);
}

TEST(StreamUart, EndsWhenItsInputEndsDuringAPause) {
  EventLoop loop;
  std::array<int, 2> in{};
  ASSERT_EQ(::pipe(in.data()), 0);
  const Descriptor in_reader(in[0]);
  Descriptor in_writer(in[1]);
  StreamUart uart(loop, in[0], STDOUT_FILENO);
  std::string received;
  int ends = 0;
  uart.start([&](ByteView bytes) { received += as_text(bytes); }, [&] { ++ends; });
  uart.pause();
  ASSERT_EQ(::write(in_writer.get(), "AT\n", 3), 3);
  loop.turn(std::chrono::milliseconds(1));
  EXPECT_EQ(ends, 0);
  in_writer = Descriptor();
  EXPECT_TRUE(turn_until(loop, [&] { return ends > 0; }));
  EXPECT_EQ(received, "");
}

TEST(StreamUart, EndsWhenNobodyCanReadItsOutput) {
  std::signal(SIGPIPE, SIG_IGN);
  EventLoop loop;
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  ASSERT_EQ(::pipe(in.data()) | ::pipe(out.data()), 0);
  const Descriptor in_reader(in[0]);
  const Descriptor in_writer(in[1]);
  const Descriptor out_writer(out[1]);
  ::close(out[0]);
  StreamUart uart(loop, in[0], out[1]);
  bool ended = false;
  uart.start([](ByteView) {}, [&] { ended = true; });
  uart.write(as_bytes("lost"));
  EXPECT_TRUE(turn_until(loop, [&] { return ended; }));
}

TEST_F(PtyLine, CanBeOpenedAsASerialPort) {
  const Pty pty = create();
  const auto port = open_serial_port(link_);
  ASSERT_TRUE(port) << port.error().detail;
  termios settings{};
  ASSERT_EQ(::tcgetattr(port->get(), &settings), 0);
  EXPECT_EQ(::cfgetispeed(&settings), static_cast<speed_t>(B115200));
  EXPECT_EQ(settings.c_cflag & (CSIZE | PARENB | CSTOPB | CRTSCTS), static_cast<tcflag_t>(CS8));
  EXPECT_EQ(settings.c_lflag & (ICANON | ECHO | ISIG), 0u);
}

TEST(SerialPort, SaysWhatIsWrong) {
  EXPECT_EQ(open_serial_port("/dev/no-such-port").error().code, Errc::not_found);
  const auto refused = open_serial_port("/dev/null");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("is not a serial port"), std::string::npos) << refused.error().detail;
}

}  // namespace
}  // namespace xl::platform
