// SPDX-License-Identifier: Apache-2.0
#include "net/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "net/wire.hpp"

namespace xl::net {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kHandshakeSeconds{10};
constexpr std::chrono::seconds kHeadSeconds{15};
constexpr std::chrono::seconds kGoodbyeSeconds{2};
constexpr std::size_t kLingerBytesMax = 8 << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(const ConnectionSettings& settings, std::unique_ptr<Stream> stream, std::string peer_address,
                       bool secure)
    : settings_(settings),
      stream_(std::move(stream)),
      peer_address_(std::move(peer_address)),
      secure_(secure),
      deadline_(settings.loop->io) {}

awaitable<void> Connection::run() {
  arm(kHandshakeSeconds);
  const auto failed = co_await stream_->handshake();
  bool more = !failed;
  while (more && !closed_) more = co_await serve_one();
  if (!failed && !closed_) {
    arm(kGoodbyeSeconds);
    co_await stream_->finish();
  }
  close();
}

void Connection::close() {
  closed_ = true;
  stream_->close();
  deadline_.cancel();
  if (exchange_) exchange_->answer(std::monostate{});
  if (events_) events_->close();
  if (tunnel_) tunnel_->close();
}

void Connection::drain() {
  draining_ = true;
  if (idle_ || tunnel_) close();
  if (events_) events_->close();
}

/// One deadline at a time, for the whole of a step: bytes that trickle in do not move it.
void Connection::arm(std::chrono::seconds deadline) {
  deadline_.expires_after(deadline);
  deadline_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self && self->deadline_.expiry() <= asio::steady_timer::clock_type::now()) self->close();
  });
}

awaitable<bool> Connection::serve_one() {
  RequestParser parser(settings_.limits);
  const Read read = co_await read_request(parser);
  if (read == Read::refused) co_await refuse(parser.failure_status());
  if (read != Read::request) co_return false;
  const bool keep_alive = parser.keep_alive();
  HttpRequest request = parser.take();
  const bool head = request.method == "HEAD";
  const Answer answer = co_await ask_handler(std::move(request));
  const bool sent = co_await send(answer, keep_alive && !draining_, head);
  co_return sent&& keep_alive && !draining_;
}

awaitable<Connection::Read> Connection::read_request(RequestParser& parser) {
  idle_ = inbox_.empty();
  arm(idle_ ? settings_.idle : std::min(kHeadSeconds, settings_.idle));
  for (;;) {
    if (!inbox_.empty()) {
      const auto progress = parser.feed(inbox_);
      if (progress == RequestParser::Progress::done) co_return Read::request;
      if (progress == RequestParser::Progress::failed) co_return Read::refused;
      if (progress == RequestParser::Progress::header_done) {
        arm(settings_.idle);
        if (parser.expects_continue() && inbox_.empty()) {
          const bool told = co_await write(kContinue);
          if (!told) co_return Read::gone;
        }
        if (!inbox_.empty()) continue;
      }
    }
    const auto failed = co_await stream_->read_some(inbox_);
    if (failed || closed_) co_return Read::gone;
    if (std::exchange(idle_, false)) arm(std::min(kHeadSeconds, settings_.idle));
  }
}

awaitable<Answer> Connection::ask_handler(HttpRequest request) {
  deadline_.cancel();  // handlers have their own time limits
  request.peer_address = peer_address_;
  request.secure = secure_;
  exchange_ = std::make_shared<Exchange>(settings_.loop);
  call_handler(std::move(request), exchange_);
  Answer answer = co_await exchange_->wait();
  exchange_.reset();
  co_return answer;
}

void Connection::call_handler(HttpRequest request, const std::shared_ptr<Exchange>& exchange) const {
  std::string what = "unknown exception";
  try {
    return settings_.handler(std::move(request), make_responder(exchange));
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  log::error("net", "an HTTP handler threw", {{"what", what}});
  exchange->answer(HttpResponse{500, {}, {}});
}

awaitable<bool> Connection::send(const Answer& answer, bool keep_alive, bool without_body) {
  if (const auto* start = std::get_if<EventStreamStart>(&answer)) {
    co_await stream_events(*start);
    co_return false;
  }
  if (const auto* start = std::get_if<TunnelStart>(&answer)) {
    co_await tunnel(*start);
    co_return false;
  }
  const auto* response = std::get_if<HttpResponse>(&answer);
  if (response == nullptr || closed_) co_return false;
  arm(settings_.idle);
  const std::string text = response_text(*response, keep_alive, without_body);
  const bool written = co_await write(text);
  co_return written;
}

awaitable<bool> Connection::write(std::string_view bytes) {
  const auto failed = co_await stream_->write(bytes);
  co_return !failed && !closed_;
}

awaitable<void> Connection::refuse(int status) {
  arm(settings_.idle);
  const HttpResponse response{status, {{"Content-Type", "text/plain"}}, std::string(reason_phrase(status)) + "\n"};
  const std::string text = response_text(response, false, false);
  const bool written = co_await write(text);
  if (written) co_await linger();
}

/// Reads on for a moment: closing with unread bytes resets the connection, and the client would lose the answer.
awaitable<void> Connection::linger() {
  arm(kGoodbyeSeconds);
  if (!secure_) co_await stream_->finish();
  for (std::size_t dropped = 0; dropped < kLingerBytesMax && !closed_; dropped += inbox_.size()) {
    inbox_.clear();
    const auto failed = co_await stream_->read_some(inbox_);
    if (failed) co_return;
  }
}

awaitable<void> Connection::stream_events(const EventStreamStart& start) {
  const auto queue = start.queue;
  events_ = queue;
  asio::co_spawn(
      settings_.loop->io,
      [self = shared_from_this(), queue]() -> awaitable<void> { co_await self->watch_client(queue); }, asio::detached);
  std::optional<std::string> text = event_stream_head(start.extra_headers);
  if (draining_) queue->close();
  while (text && !closed_) {
    arm(settings_.idle);
    const bool written = co_await write(*text);
    if (!written) break;
    deadline_.cancel();
    text = co_await queue->next();
  }
  close();
  events_.reset();
  queue->end();
}

/// A client of an event stream has nothing more to say; only its end matters.
awaitable<void> Connection::watch_client(std::shared_ptr<EventQueue> queue) {
  bool gone = false;
  while (!gone && !closed_) {
    inbox_.clear();
    const auto failed = co_await stream_->read_some(inbox_);
    gone = static_cast<bool>(failed);
  }
  queue->close();
}

}  // namespace xl::net
