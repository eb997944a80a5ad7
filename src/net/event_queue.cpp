// SPDX-License-Identifier: Apache-2.0
#include "net/event_queue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace xl::net {
namespace asio = boost::asio;

std::string event_text(std::string_view event, std::string_view data) {
  std::string out = "event: ";
  for (const char c : event)
    if (c != '\r' && c != '\n') out += c;
  out += "\ndata: ";
  for (std::size_t i = 0; i < data.size(); ++i) {
    const bool line_end = data[i] == '\n' || data[i] == '\r';
    if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') ++i;
    if (line_end) {
      out += "\ndata: ";
    } else {
      out += data[i];
    }
  }
  return out + "\n\n";
}

bool EventQueue::push(std::string text) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return false;
  closed_ = pending_.size() + text.size() > kPendingBytesMax;  // a stream with a gap is worse than one that reconnects
  if (!closed_) pending_ += text;
  wake_locked();
  return !closed_;
}

void EventQueue::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  wake_locked();
}

void EventQueue::wake_locked() {
  if (waking_) return;
  waking_ = loop_->post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    const std::scoped_lock relock(self->mutex_);
    self->waking_ = false;
    self->wake_.cancel();
  });
}

void EventQueue::on_close(std::function<void()> callback) {
  {
    const std::scoped_lock lock(mutex_);
    if (!ended_) {
      callback_ = std::move(callback);
      return;
    }
  }
  if (!loop_->post(callback)) callback();  // the server has stopped: there is no thread of its own any more
}

std::optional<std::string> EventQueue::take() {
  const std::scoped_lock lock(mutex_);
  if (pending_.empty()) return std::nullopt;
  return std::exchange(pending_, {});
}

asio::awaitable<std::optional<std::string>> EventQueue::next() {
  auto text = take();
  if (text) co_return text;
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) co_return std::nullopt;
  }
  wake_.expires_after(kKeepAlive);
  const auto [error] = co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!error) co_return std::string(": keep-alive\n\n");
  text = take();
  co_return text ? text : std::string{};
}

void EventQueue::end() {
  std::function<void()> callback;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = ended_ = true;
    pending_.clear();
    callback = std::exchange(callback_, nullptr);
  }
  if (callback) callback();
}

namespace {

class QueuedStream final : public EventStream {
 public:
  explicit QueuedStream(std::shared_ptr<EventQueue> queue) : queue_(std::move(queue)) {}
  ~QueuedStream() override { queue_->close(); }
  QueuedStream(const QueuedStream&) = delete;
  QueuedStream& operator=(const QueuedStream&) = delete;

  bool send(std::string_view event, std::string_view data) override { return queue_->push(event_text(event, data)); }
  void close() override { queue_->close(); }
  void on_close(std::function<void()> callback) override { queue_->on_close(std::move(callback)); }

 private:
  const std::shared_ptr<EventQueue> queue_;
};

}  // namespace

std::shared_ptr<EventStream> make_event_stream(std::shared_ptr<EventQueue> queue) {
  return std::make_shared<QueuedStream>(std::move(queue));
}

}  // namespace xl::net
