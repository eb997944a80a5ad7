// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tls_connection.hpp"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "base/log.hpp"

namespace xl::platform {
namespace {

constexpr std::size_t kQueueBytesMax = 256 * 1024;  // two of the largest packets AWS IoT takes
constexpr int kReadsPerTurn = 16;                   // then the UART gets its turn

/// Takes what the server still said, so that closing does not answer it with a reset that would overtake our goodbye.
void close_gently(int socket) {
  ::shutdown(socket, SHUT_WR);
  std::array<Byte, 4096> ignored;
  for (int i = 0; i < kReadsPerTurn && ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0; ++i) {
  }
}

}  // namespace

TlsConnection::TlsConnection(EventLoop& loop, const TlsIdentity& identity, TlsSessionCache& sessions, TlsTarget target,
                             Sink sink)
    : loop_(loop), identity_(identity), sessions_(sessions), target_(std::move(target)), sink_(std::move(sink)) {}

TlsConnection::~TlsConnection() { release(); }

void TlsConnection::start(NameResolver& resolver, EventLoop::Clock::time_point deadline) {
  deadline_ = deadline;
  timer_ = loop_.at(deadline, [this] { on_deadline(); });
  resolver.ask(target_.host, [weak = weak_from_this()](NameResolver::Addresses addresses) {
    if (const auto self = weak.lock()) self->on_addresses(std::move(addresses));
  });
}

void TlsConnection::on_addresses(NameResolver::Addresses addresses) {
  if (state_ != State::resolving) return;
  if (!addresses) {
    end({Event::Kind::failed, Fault::unreachable, addresses.error().detail, {}});
    return;
  }
  state_ = State::dialing;
  dialer_ = std::make_unique<TcpDialer>(loop_, *std::move(addresses), target_.port, deadline_,
                                        [this](Result<Descriptor> socket) { on_dialed(std::move(socket)); });
  dialer_->start();
}

void TlsConnection::on_dialed(Result<Descriptor> socket) {
  const auto self = shared_from_this();
  if (!socket) {
    end({Event::Kind::failed, Fault::unreachable, socket.error().detail, {}});
    return;
  }
  socket_ = *std::move(socket);
  auto tls = TlsClient::create(identity_, target_, sessions_.session_for(target_), socket_.get());
  if (!tls) {
    end({Event::Kind::failed, Fault::not_authenticated, tls.error().detail, {}});
    return;
  }
  tls_ = *std::move(tls);
  state_ = State::handshake;
  loop_.watch(socket_.get(), POLLIN, [this](short) { on_socket(); });
  on_socket();
}

void TlsConnection::on_deadline() {
  const auto self = shared_from_this();
  const bool tcp_is_up = state_ == State::handshake;
  end({Event::Kind::failed,
       tcp_is_up ? Fault::not_authenticated : Fault::unreachable,
       tcp_is_up ? "server did not finish the TLS handshake in time" : "no answer in time",
       {}});
}

void TlsConnection::on_socket() {
  const auto self = shared_from_this();  // the sink may drop the transport's hold on this object
  if (state_ == State::handshake) shake_hands();
  if (state_ == State::open) receive();  // first: a server that hangs up has said why
  if (state_ == State::open) flush();
  if (state_ == State::open || state_ == State::handshake) wait_for_socket();
}

void TlsConnection::shake_hands() {
  const Step step = tls_->handshake();
  needs_room_ = step == Step::want_write;
  if (step == Step::done) opened();
  if (step == Step::failed || step == Step::closed) {
    const std::string reason = tls_->failure();
    end({Event::Kind::failed, Fault::not_authenticated, reason, {}});
  }
}

void TlsConnection::opened() {
  loop_.cancel(timer_);
  state_ = State::open;
  sink_({Event::Kind::opened, Fault::none, {}, {}});
}

void TlsConnection::receive() {
  std::array<Byte, 16 * 1024> bytes;
  for (int i = 0; i < kReadsPerTurn; ++i) {
    std::size_t count = 0;
    const Step step = tls_->read(bytes, count);
    needs_room_ = step == Step::want_write;
    if (step == Step::want_read || step == Step::want_write) return;
    if (step != Step::done) {
      lost(step);
      return;
    }
    received_anything_ = true;
    sink_({Event::Kind::received, Fault::none, {}, ByteView(bytes).first(count)});
    if (state_ != State::open) return;
  }
  later();  // what OpenSSL has already read from the socket would not wake poll()
}

void TlsConnection::flush() {
  std::size_t sent = 0;
  while (sent < queue_.size()) {
    std::size_t count = 0;
    const Step step = tls_->write(as_bytes(std::string_view(queue_).substr(sent)), count);
    if (step == Step::failed || step == Step::closed) {
      lost(step);
      return;
    }
    if (step != Step::done) break;
    sent += count;
  }
  queue_.erase(0, sent);
}

/// A turn of the loop later: send() must not call the sink, and long input must not starve the rest.
void TlsConnection::later() {
  loop_.defer([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->state_ == State::open) self->on_socket();
  });
}

bool TlsConnection::send(ByteView bytes) {
  if (state_ != State::open || bytes.size() > kQueueBytesMax - queue_.size()) return false;
  if (queue_.empty()) later();
  queue_.append(as_text(bytes));
  return true;
}

void TlsConnection::wait_for_socket() {
  const bool writes = needs_room_ || !queue_.empty();
  loop_.set_events(socket_.get(), static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN));
}

void TlsConnection::lost(Step step) {
  const std::string reason = step == Step::closed ? "server closed the connection" : tls_->failure();
  if (!received_anything_ && tls_->certificate_refused()) {
    end({Event::Kind::failed, Fault::not_authenticated, reason, {}});
  } else {
    end({Event::Kind::closed_by_peer, Fault::none, reason, {}});
  }
}

void TlsConnection::end(Event event) {
  const std::string reason(event.detail);  // it may live in what release() destroys
  event.detail = reason;
  if (event.kind == Event::Kind::failed)
    log::warn("tls", "connection attempt failed", {{"endpoint", target_.host}, {"reason", reason}});
  release();
  sink_(event);
}

void TlsConnection::close() {
  const auto self = shared_from_this();
  if (state_ == State::open) {
    std::size_t count = 0;
    while (!queue_.empty() && tls_->write(as_bytes(queue_), count) == Step::done) queue_.erase(0, count);
    tls_->send_close_notify();
    close_gently(socket_.get());
  }
  release();
}

/// A session that led to a conversation is worth offering again; one that failed is not.
void TlsConnection::keep_session() {
  if (state_ == State::open && received_anything_) sessions_.keep(target_, tls_->session());
  if (state_ == State::handshake) sessions_.forget();
}

void TlsConnection::release() {
  keep_session();
  state_ = State::over;
  loop_.cancel(timer_);
  dialer_.reset();
  tls_.reset();
  if (socket_) loop_.forget(socket_.get());
  socket_ = Descriptor();
  queue_.clear();
}

}  // namespace xl::platform
