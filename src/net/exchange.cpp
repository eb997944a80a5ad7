// SPDX-License-Identifier: Apache-2.0
#include "net/exchange.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace xl::net {
namespace asio = boost::asio;

void Exchange::answer(Answer answer) {
  if (loop_->is_current()) return settle(std::move(answer));
  loop_->post([weak = weak_from_this(), answer = std::move(answer)]() mutable {
    if (const auto self = weak.lock()) {
      self->settle(std::move(answer));
    } else if (const auto* start = std::get_if<EventStreamStart>(&answer)) {
      start->queue->end();
    }
  });
}

void Exchange::settle(Answer answer) {
  if (std::exchange(settled_, true)) {
    if (const auto* start = std::get_if<EventStreamStart>(&answer)) start->queue->end();
    return;
  }
  answer_ = std::move(answer);
  wake_.cancel();
}

asio::awaitable<Answer> Exchange::wait() {
  while (!settled_) {
    wake_.expires_at(asio::steady_timer::time_point::max());
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return std::move(answer_);
}

namespace {

class Responder final : public HttpResponder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~Responder() override {
    if (!answered_.exchange(true)) exchange_->answer(HttpResponse{500, {}, {}});
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  void respond(HttpResponse response) override {
    if (!answered_.exchange(true)) exchange_->answer(std::move(response));
  }

  std::shared_ptr<EventStream> start_event_stream(HttpHeaders extra_headers) override {
    auto queue = std::make_shared<EventQueue>(exchange_->loop());
    auto stream = make_event_stream(queue);
    if (answered_.exchange(true)) {
      queue->end();
    } else {
      exchange_->answer(EventStreamStart{std::move(extra_headers), std::move(queue)});
    }
    return stream;
  }

  void switch_protocols(HttpHeaders headers, int descriptor) override {
    auto socket = std::make_shared<TunnelSocket>(exchange_->loop()->io, asio::local::stream_protocol(), descriptor);
    if (!answered_.exchange(true)) exchange_->answer(TunnelStart{std::move(headers), std::move(socket)});
  }

 private:
  const std::shared_ptr<Exchange> exchange_;
  std::atomic<bool> answered_ = false;
};

}  // namespace

std::shared_ptr<HttpResponder> make_responder(std::shared_ptr<Exchange> exchange) {
  return std::make_shared<Responder>(std::move(exchange));
}

}  // namespace xl::net
