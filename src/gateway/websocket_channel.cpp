// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket_channel.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "gateway/websocket_frames.hpp"

namespace xl::gateway {
namespace {

/// Decoded and not yet wanted: the largest packet and what came with it.
constexpr std::size_t kInputBytesMax = 512 * 1024;

class WebSocketChannel final : public Channel, public std::enable_shared_from_this<WebSocketChannel> {
 public:
  WebSocketChannel(boost::asio::io_context& reactor, std::shared_ptr<Channel> inner)
      : reactor_(reactor), inner_(std::move(inner)) {}

  void start(Events events) override {
    events_ = std::move(events);
    inner_->start({[self = shared_from_this()](std::string_view bytes) { return self->on_frames(bytes); },
                   [self = shared_from_this()](std::string_view reason) { self->fail(reason); },
                   [self = shared_from_this()] {
                     if (!self->closed_ && self->events_.on_drained) self->events_.on_drained();
                   }});
  }

  bool send(std::string_view bytes) override {
    return closed_ || inner_->send(websocket::frame(websocket::Opcode::binary, bytes));
  }
  std::size_t queued() const override { return inner_->queued(); }
  void hold(bool held) override { inner_->hold(held); }

  void pause(bool paused) override {
    const bool resumes = paused_ && !paused;
    paused_ = paused;
    if (!resumes) return inner_->pause(paused);
    boost::asio::post(reactor_, [self = shared_from_this()] { self->resume(); });
  }

  void close() override {
    if (closed_) return;
    inner_->send(websocket::close_frame(websocket::CloseCode::normal));
    end();
  }
  SSL* ssl() override { return nullptr; }

 private:
  std::size_t on_frames(std::string_view bytes) {
    const auto fault =
        reader_.feed(bytes, {[this](std::string_view data) { input_ += data; },
                             [this](std::string_view content) { on_ping(content); }, [this] { peer_closed_ = true; }});
    if (!closed_ && !paused_) deliver();
    if (closed_) return bytes.size();
    if (fault) {
      inner_->send(websocket::close_frame(*fault));
      fail("not a WebSocket frame that may come here");
    } else if (peer_closed_) {
      inner_->send(websocket::close_frame(websocket::CloseCode::normal));
      fail("the WebSocket was closed");
    } else if (input_.size() > kInputBytesMax) {
      fail("the peer sent an endless packet");
    }
    return bytes.size();
  }

  void on_ping(std::string_view content) {
    if (!inner_->send(websocket::frame(websocket::Opcode::pong, content))) fail("the peer does not read");
  }

  void deliver() {
    if (input_.empty()) return;
    const std::size_t consumed = events_.on_bytes(input_);
    if (closed_) return;
    input_.erase(0, consumed);
    if (input_.empty()) input_.shrink_to_fit();
  }

  /// What came before the pause, then what waits further down.
  void resume() {
    if (closed_ || paused_) return;
    deliver();
    if (!closed_ && !paused_) inner_->pause(false);
  }

  void fail(std::string_view reason) {
    if (closed_) return;
    const auto on_closed = std::move(events_.on_closed);
    end();
    // Not from inside somebody's send(): the owner may be in the middle of its own work.
    boost::asio::post(reactor_, [on_closed, reason = std::string(reason)] {
      if (on_closed) on_closed(reason);
    });
  }

  void end() {
    closed_ = true;
    inner_->close();
    // The handlers hold their owner; freed later, since one of them may be running now.
    boost::asio::post(reactor_, [self = shared_from_this()] { self->events_ = {}; });
  }

  boost::asio::io_context& reactor_;
  const std::shared_ptr<Channel> inner_;
  Events events_;
  websocket::FrameReader reader_;
  std::string input_;
  bool closed_ = false, paused_ = false, peer_closed_ = false;
};

}  // namespace

std::shared_ptr<Channel> make_websocket_channel(boost::asio::io_context& reactor, std::shared_ptr<Channel> inner) {
  return std::make_shared<WebSocketChannel>(reactor, std::move(inner));
}

}  // namespace xl::gateway
