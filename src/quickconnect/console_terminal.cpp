// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/console_terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

namespace xl::quickconnect {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kProgressLineEvery{5};
constexpr std::size_t kTypedAheadMax = 64 << 10;
constexpr char kCtrlD = '\x04';

// A signal handler can reach nothing but globals.
std::array<int, 2> interrupt_pipe{-1, -1};

void note_interrupt(int) {
  const int saved = errno;
  [[maybe_unused]] const ssize_t count = write(interrupt_pipe[1], "!", 1);
  errno = saved;
}

void catch_signals() {
  if (pipe2(interrupt_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action{};
  action.sa_handler = &note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Error end_requested() { return Error::conflict("Interrupted."); }

}  // namespace

ConsoleTerminal::ConsoleTerminal(bool interactive) : draws_(isatty(STDOUT_FILENO) == 1) {
  catch_signals();
  if (interactive && isatty(STDIN_FILENO) == 1) make_raw();
}

ConsoleTerminal::~ConsoleTerminal() {
  clear_progress();
  if (saved_) tcsetattr(STDIN_FILENO, TCSADRAIN, &*saved_);
}

/// Keys arrive one by one and unechoed; Ctrl-C stays a signal and output stays as it is.
void ConsoleTerminal::make_raw() {
  termios settings{};
  if (tcgetattr(STDIN_FILENO, &settings) != 0) return;
  saved_ = settings;
  settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  settings.c_iflag &= ~static_cast<tcflag_t>(IXON);
  settings.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped program would leave the terminal raw
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
}

void ConsoleTerminal::draw(std::string_view sequences) {
  std::fwrite(sequences.data(), 1, sequences.size(), stdout);
  std::fflush(stdout);
}

void ConsoleTerminal::clear_progress() {
  if (shows_progress_) draw("\r\x1b[K");
  shows_progress_ = false;
}

void ConsoleTerminal::say(std::string_view line) {
  clear_progress();
  draw(std::string(line) + "\n");
}

void ConsoleTerminal::progress(std::string_view line) {
  if (draws_) {
    draw("\r" + std::string(line.substr(0, columns() - 1)) + "\x1b[K");
    shows_progress_ = true;
    return;
  }
  const auto now = Clock::now();
  if (progress_printed_ && now - *progress_printed_ < kProgressLineEvery) return;
  progress_printed_ = now;
  say(line);
}

std::size_t ConsoleTerminal::columns() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

int ConsoleTerminal::interrupt_fd() const { return interrupt_pipe[0]; }

bool ConsoleTerminal::is_interrupted() const {
  pollfd fd{interrupt_pipe[0], POLLIN, 0};
  return poll(&fd, 1, 0) > 0;
}

/// Keeps what is typed; `wanted` ends the wait at the first byte.
Status ConsoleTerminal::take_input(milliseconds timeout, bool wanted) {
  const auto end = Clock::now() + timeout;
  while (true) {
    const auto left = std::max(std::chrono::ceil<milliseconds>(end - Clock::now()), milliseconds::zero());
    const bool listens = wanted || (has_keyboard() && typed_ahead_.size() < kTypedAheadMax);
    std::array<pollfd, 2> fds{pollfd{interrupt_pipe[0], POLLIN, 0}, pollfd{listens ? STDIN_FILENO : -1, POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    if (ready > 0 && fds[0].revents != 0) return fail(end_requested());
    if (ready > 0 && fds[1].revents != 0) {
      std::array<char, 4096> bytes;
      const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
      ends_ = count <= 0;
      if (ends_) return fail(end_requested());
      typed_ahead_.append(bytes.data(), static_cast<std::size_t>(count));
      if (wanted) return {};
      ends_ = typed_ahead_.find(kCtrlD) != std::string::npos;
      if (ends_) return fail(end_requested());
    }
    if (Clock::now() >= end) return {};
  }
}

Status ConsoleTerminal::wait(milliseconds time) { return take_input(time, false); }

Result<std::string> ConsoleTerminal::read(milliseconds timeout) {
  if (typed_ahead_.empty()) XL_CHECK(take_input(timeout, true));
  return std::exchange(typed_ahead_, {});
}

}  // namespace xl::quickconnect
