// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/stream_uart.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/log.hpp"

namespace xl::platform {
namespace {

constexpr std::size_t kQueueBytesMax = 256 * 1024;
/// POLLOUT on a pipe promises this much room (PIPE_BUF), so a write of it does not block even where the descriptor is
/// blocking: standard input and output belong to the shell too, and O_NONBLOCK would change them for everybody.
constexpr std::size_t kWriteBytesMax = 4096;

}  // namespace

StreamUart::StreamUart(EventLoop& loop, int in, int out) : loop_(loop), in_(in), out_(out < 0 ? in : out) {}

StreamUart::~StreamUart() {
  loop_.forget(in_);
  loop_.forget(out_);
}

void StreamUart::start(Receive on_bytes, End on_end) {
  on_bytes_ = std::move(on_bytes);
  on_end_ = std::move(on_end);
  listening_ = true;
  watch();
}

void StreamUart::watch() {
  const bool writes = !queue_.empty();
  const short reads = listening_ && !paused_ ? POLLIN : 0;
  if (in_ == out_) {
    const short wanted = static_cast<short>(reads | (writes ? POLLOUT : 0));
    loop_.watch(in_, wanted, [this](short events) {
      if ((events & POLLOUT) != 0) on_output();
      if ((events & ~POLLOUT) != 0) on_event(events);
    });
    return;
  }
  if (listening_) loop_.watch(in_, reads, [this](short events) { on_event(events); });
  if (writes) loop_.watch(out_, POLLOUT, [this](short) { on_output(); });
  if (!writes) loop_.forget(out_);
}

/// poll(2) reports a peer that has hung up whether asked or not, so a paused line that has lost its host ends, too:
/// it would be reported for ever.
void StreamUart::on_event(short events) {
  if (!paused_) return on_input();
  if ((events & (POLLHUP | POLLERR)) != 0) end();
}

void StreamUart::pause() {
  paused_ = true;
  if (listening_) watch();
}

void StreamUart::resume() {
  if (!std::exchange(paused_, false) || !listening_) return;
  discard_input();
  watch();
}

/// An end of the input is left to on_input().
void StreamUart::discard_input() {
  std::array<Byte, 4096> bytes;
  pollfd input{in_, POLLIN, 0};
  while (::poll(&input, 1, 0) > 0 && (input.revents & POLLIN) != 0) {
    if (::read(in_, bytes.data(), bytes.size()) <= 0) return;
  }
}

void StreamUart::on_input() {
  if (!listening_) return;
  std::array<Byte, 4096> bytes;
  const ssize_t count = ::read(in_, bytes.data(), bytes.size());
  if (count > 0) {
    on_bytes_(ByteView(bytes).first(static_cast<std::size_t>(count)));
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    end();
  }
}

void StreamUart::write(ByteView bytes) {
  if (bytes.size() > kQueueBytesMax - queue_.size()) {
    log::debug("platform", "nobody reads the line; bytes are lost", {{"bytes", std::to_string(bytes.size())}});
    return;
  }
  const bool was_idle = queue_.empty();
  queue_.append(as_text(bytes));
  if (was_idle && !ended_) watch();
}

void StreamUart::on_output() {
  if (!send_some()) end();
  if (queue_.empty() && !ended_) watch();
}

bool StreamUart::send_some() {
  const ssize_t count = ::write(out_, queue_.data(), std::min(queue_.size(), kWriteBytesMax));
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  queue_.erase(0, static_cast<std::size_t>(count));
  return true;
}

void StreamUart::drain(std::chrono::milliseconds limit) {
  const auto deadline = EventLoop::Clock::now() + limit;
  while (!queue_.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - EventLoop::Clock::now());
    pollfd room{out_, POLLOUT, 0};
    if (left.count() <= 0 || ::poll(&room, 1, static_cast<int>(left.count())) < 0) return;
    if ((room.revents & (POLLERR | POLLNVAL)) != 0 || !send_some()) return;
  }
}

void StreamUart::end() {
  if (std::exchange(ended_, true)) return;
  listening_ = false;
  loop_.forget(in_);
  loop_.forget(out_);
  if (on_end_) on_end_();
}

}  // namespace xl::platform
