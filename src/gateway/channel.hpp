// SPDX-License-Identifier: Apache-2.0
// One non-blocking byte stream on the reactor: a TLS connection of a device, or a unix socket to the engine. OpenSSL
// sits on the descriptor itself; Asio only says when it is ready (a quarter of the memory of asio::ssl::stream).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pki/openssl_ptr.hpp"

namespace boost::asio {
class io_context;
}

namespace xl::gateway {

class Turns;

class Channel {
 public:
  struct Events {
    /// Unread bytes; returns how many were consumed. The rest comes again with more.
    std::function<std::size_t(std::string_view bytes)> on_bytes;
    /// Once; the reason is for a log. Not after close().
    std::function<void(std::string_view reason)> on_closed;
    /// The queue had grown over kQueueBytesHigh and is short again.
    std::function<void()> on_drained = nullptr;
  };

  virtual ~Channel() = default;
  virtual void start(Events events) = 0;
  /// Queues; false when more than `kQueueBytesMax` wait (the peer does not read).
  virtual bool send(std::string_view bytes) = 0;
  virtual std::size_t queued() const = 0;
  /// While held, what is sent is queued, up to kQueueBytesLow; then it goes out in one piece.
  virtual void hold(bool held) = 0;
  /// Stops reading until resumed; what the peer sends waits in the kernel.
  virtual void pause(bool paused) = 0;
  /// Sends what is queued as far as it goes at once, then closes.
  virtual void close() = 0;
  virtual SSL* ssl() = 0;  ///< null for plain channels
};

/// Answers to the packets of one read leave in one write.
class Batch {
 public:
  explicit Batch(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {
    if (channel_) channel_->hold(true);
  }
  ~Batch() {
    if (channel_) channel_->hold(false);
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

 private:
  std::shared_ptr<Channel> channel_;
};

inline constexpr std::size_t kQueueBytesMax = 1 << 20;
/// From here on whoever fills the queue should hold its own source back until on_drained: what is read already (one
/// packet begun, one chunk) still fits.
inline constexpr std::size_t kQueueBytesHigh = 256 * 1024;
inline constexpr std::size_t kQueueBytesLow = 64 * 1024;

/// Takes the descriptor over. TLS server side: the handshake runs inside the first reads.
/// `turns` is where handshakes wait in line.
std::shared_ptr<Channel> make_tls_channel(boost::asio::io_context& reactor, int descriptor, pki::SslPtr ssl,
                                          Turns& turns);
std::shared_ptr<Channel> make_plain_channel(boost::asio::io_context& reactor, int descriptor);

}  // namespace xl::gateway
