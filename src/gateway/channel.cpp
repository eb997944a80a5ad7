// SPDX-License-Identifier: Apache-2.0
#include "gateway/channel.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "crypto/lean_library.hpp"
#include "gateway/turns.hpp"

namespace xl::gateway {
namespace asio = boost::asio;

namespace {

/// At most this much is read before others get their turn.
constexpr std::size_t kReadBytesPerTurn = 256 * 1024;
constexpr std::size_t kInputBytesMax = 512 * 1024;

enum class Outcome { done, again, again_when_writable, closed };
struct Transfer {
  Outcome outcome;
  std::size_t bytes = 0;
};

class PlainIo {
 public:
  explicit PlainIo(int descriptor) : descriptor_(descriptor) {}
  Transfer read(char* data, std::size_t size) { return result(::recv(descriptor_, data, size, 0), size); }
  Transfer write(const char* data, std::size_t size) {
    return result(::send(descriptor_, data, size, MSG_NOSIGNAL), size);
  }
  void shut_down() {}
  bool is_cheap() const { return true; }
  /// After a read of `count` bytes into room for `size`: nothing was left. What comes later wakes the descriptor.
  bool is_drained(std::size_t count, std::size_t size) const { return count < size; }
  std::string reason() const { return errno == 0 ? "closed" : std::strerror(errno); }
  SSL* ssl() { return nullptr; }

 private:
  static Transfer result(ssize_t count, std::size_t) {
    if (count > 0) return {Outcome::done, static_cast<std::size_t>(count)};
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {Outcome::again};
    if (count == 0) errno = 0;
    return {Outcome::closed};
  }
  int descriptor_;
};

class TlsIo {
 public:
  explicit TlsIo(pki::SslPtr ssl) : ssl_(std::move(ssl)) {}
  Transfer read(char* data, std::size_t size) {
    ERR_clear_error();
    if (is_cheap()) return result(SSL_read(ssl_.get(), data, static_cast<int>(size)));
    // OpenSSL reads the certificate inside a ticket in the thread's own library, as it reads no other.
    OSSL_LIB_CTX* before = OSSL_LIB_CTX_set0_default(crypto::keyless_library());
    const Transfer transfer = result(SSL_read(ssl_.get(), data, static_cast<int>(size)));
    OSSL_LIB_CTX_set0_default(before);
    return transfer;
  }
  Transfer write(const char* data, std::size_t size) {
    ERR_clear_error();
    return result(SSL_write(ssl_.get(), data, static_cast<int>(size)));
  }
  void shut_down() {
    if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  std::string reason() const { return reason_; }
  SSL* ssl() { return ssl_.get(); }
  bool is_cheap() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  /// Records are read ahead: what the kernel had is in OpenSSL.
  bool is_drained(std::size_t, std::size_t) const { return SSL_has_pending(ssl_.get()) == 0; }

 private:
  Transfer result(int count) {
    if (count > 0) return {Outcome::done, static_cast<std::size_t>(count)};
    switch (SSL_get_error(ssl_.get(), count)) {
      case SSL_ERROR_WANT_READ:
        return {Outcome::again};
      case SSL_ERROR_WANT_WRITE:
        return {Outcome::again_when_writable};
      default:
        break;
    }
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    reason_ = text != nullptr ? text : "closed";
    ERR_clear_error();
    return {Outcome::closed};
  }
  pki::SslPtr ssl_;
  std::string reason_ = "closed";
};

template <class Io>
class IoChannel final : public Channel, public std::enable_shared_from_this<IoChannel<Io>> {
 public:
  IoChannel(asio::io_context& reactor, int descriptor, Io io, Turns* turns)
      : descriptor_(reactor, descriptor), io_(std::move(io)), turns_(turns) {}

  void start(Events events) override {
    events_ = std::move(events);
    wait_readable();
  }

  bool send(std::string_view bytes) override {
    if (closed_) return true;
    if (output_.size() + bytes.size() > kQueueBytesMax) return false;
    if (output_.empty() && !held_) bytes.remove_prefix(write(bytes));
    if (closed_ || bytes.empty()) return true;
    output_ += bytes;
    if (!held_ || output_.size() > kQueueBytesLow) flush();
    full_ = full_ || output_.size() > kQueueBytesHigh;
    return true;
  }

  std::size_t queued() const override { return output_.size(); }

  void hold(bool held) override {
    held_ = held;
    if (held_ || closed_) return;
    flush();
    tell_drained();
  }

  void pause(bool paused) override {
    const bool resumes = paused_ && !paused;
    paused_ = paused;
    if (resumes) asio::post(descriptor_.get_executor(), [self = this->shared_from_this()] { self->resume(); });
  }

  void close() override {
    if (closed_) return;
    flush();
    if (closed_) return;
    io_.shut_down();
    end();
  }

  SSL* ssl() override { return io_.ssl(); }

 private:
  void wait_readable() {
    if (closed_ || paused_ || waiting_read_) return;
    waiting_read_ = true;
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read, [self = this->shared_from_this()](auto error) {
      self->waiting_read_ = false;
      if (error || self->closed_) return;
      if (self->turns_ == nullptr || self->io_.is_cheap()) return self->read();
      self->turns_->take([self] {
        if (!self->closed_) self->read();
      });
    });
  }

  void wait_writable() {
    if (closed_ || waiting_write_) return;
    waiting_write_ = true;
    descriptor_.async_wait(asio::posix::descriptor_base::wait_write, [self = this->shared_from_this()](auto error) {
      self->waiting_write_ = false;
      if (error || self->closed_) return;
      self->flush();
      self->tell_drained();
      if (self->read_wants_write_) self->read();
    });
  }

  void read() {
    read_wants_write_ = false;
    std::array<char, 16 * 1024> chunk;
    std::size_t taken = 0;
    while (!closed_ && !paused_ && taken < kReadBytesPerTurn) {
      const Transfer transfer = io_.read(chunk.data(), chunk.size());
      if (transfer.outcome == Outcome::closed) return fail(io_.reason());
      if (transfer.outcome == Outcome::again_when_writable) {
        read_wants_write_ = true;
        return wait_writable();
      }
      if (transfer.outcome == Outcome::again) return wait_readable();
      taken += transfer.bytes;
      deliver({chunk.data(), transfer.bytes});
      if (io_.is_drained(transfer.bytes, chunk.size())) return wait_readable();
    }
    if (closed_) return;
    // More may be waiting inside OpenSSL, where the descriptor's readiness does not show it: take another turn.
    asio::post(descriptor_.get_executor(), [self = this->shared_from_this()] {
      if (!self->closed_ && !self->paused_) self->read();
    });
  }

  /// What came before the pause, then what waits in OpenSSL or the kernel.
  void resume() {
    if (closed_ || paused_) return;
    if (!input_.empty()) deliver({});
    if (!closed_ && !paused_) read();
  }

  void deliver(std::string_view bytes) {
    if (input_.empty()) {  // nearly always: whole packets, not copied
      const std::size_t consumed = events_.on_bytes(bytes);
      if (!closed_) input_ = bytes.substr(consumed);
    } else {
      input_ += bytes;
      const std::size_t consumed = events_.on_bytes(input_);
      if (closed_) return;
      input_.erase(0, consumed);
      if (input_.empty()) input_.shrink_to_fit();
    }
    if (input_.size() > kInputBytesMax) fail("the peer sent an endless packet");
  }

  /// How much the peer takes at once.
  std::size_t write(std::string_view bytes) {
    std::size_t written = 0;
    while (!closed_ && written < bytes.size()) {
      const Transfer transfer = io_.write(bytes.data() + written, bytes.size() - written);
      if (transfer.outcome == Outcome::closed) {
        fail(io_.reason());
      } else if (transfer.outcome != Outcome::done) {
        wait_writable();
        break;
      }
      written += transfer.bytes;
    }
    return written;
  }

  void flush() {
    output_.erase(0, write(output_));
    if (output_.empty()) output_.shrink_to_fit();
  }

  void tell_drained() {
    if (closed_ || !full_ || output_.size() > kQueueBytesLow) return;
    full_ = false;
    if (events_.on_drained) events_.on_drained();
  }

  void fail(std::string reason) {
    if (closed_) return;
    const auto on_closed = std::move(events_.on_closed);
    end();
    if (on_closed) {
      // Not from inside somebody's send(): the owner may be in the middle of its own work.
      asio::post(descriptor_.get_executor(), [on_closed, reason = std::move(reason)] { on_closed(reason); });
    }
  }

  void end() {
    closed_ = true;
    boost::system::error_code ignored;
    ignored = descriptor_.close(ignored);
    // The handlers hold their owner; freed later, since one of them may be running now.
    asio::post(descriptor_.get_executor(), [self = this->shared_from_this()] { self->events_ = {}; });
  }

  asio::posix::stream_descriptor descriptor_;
  Io io_;
  Turns* turns_;
  Events events_;
  std::string input_, output_;
  bool closed_ = false, paused_ = false, full_ = false, held_ = false;
  bool waiting_read_ = false, waiting_write_ = false, read_wants_write_ = false;
};

}  // namespace

std::shared_ptr<Channel> make_tls_channel(asio::io_context& reactor, int descriptor, pki::SslPtr ssl, Turns& turns) {
  return std::make_shared<IoChannel<TlsIo>>(reactor, descriptor, TlsIo(std::move(ssl)), &turns);
}

std::shared_ptr<Channel> make_plain_channel(asio::io_context& reactor, int descriptor) {
  return std::make_shared<IoChannel<PlainIo>>(reactor, descriptor, PlainIo(descriptor), nullptr);
}

}  // namespace xl::gateway
