// SPDX-License-Identifier: Apache-2.0
#include "gateway/bus.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>

#include "base/log.hpp"
#include "gateway/channel.hpp"
#include "gateway/engine_socket.hpp"
#include "gateway/topic_map.hpp"
#include "gateway/wire.hpp"
#include "mqtt/topic.hpp"

namespace xl::gateway {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kReconnectAfter{100};
constexpr std::size_t kPacketBytesMax = 256 * 1024;

class EngineBus final : public Bus, public std::enable_shared_from_this<EngineBus> {
 public:
  EngineBus(asio::io_context& reactor, std::filesystem::path socket, std::string client_id)
      : reactor_(reactor), socket_(std::move(socket)), client_id_(std::move(client_id)), retry_(reactor) {}

  void start() { connect(); }

  bool is_ready() const override { return ready_; }

  void stop() override {
    stopped_ = true;
    ready_ = false;
    retry_.cancel();
    if (channel_) channel_->close();
    channel_.reset();
    subscribers_.clear();
  }

  Status publish(std::string_view account_id, const cloud::Message& message) override {
    if (!mqtt::is_topic_name(message.topic))
      return fail(Error::invalid("\"" + message.topic + "\" is not a topic name"));
    if (!suits_engine(message.topic)) return fail(Error::invalid("the topic has control characters or is too long"));
    if (!ready_) return fail(Error::unavailable("the MQTT engine cannot be reached at the moment"));
    asio::post(reactor_, [self = shared_from_this(), account = std::string(account_id), message] {
      self->send_publish(account, message);
    });
    return {};
  }

  std::unique_ptr<Subscription> subscribe(std::string_view account_id, std::string_view filter,
                                          Handler handler) override {
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->account_id = std::string(account_id);
    subscriber->filter = engine_filter(account_id, filter).value_or("");
    subscriber->handler = std::move(handler);
    asio::post(reactor_, [self = shared_from_this(), subscriber] { self->add(subscriber); });
    return std::make_unique<Handle>(shared_from_this(), std::move(subscriber));
  }

 private:
  struct Subscriber {
    std::string account_id, filter;
    Handler handler;
    std::recursive_mutex mutex;  // held while the handler runs: ending a subscription waits for it, or is done by it
    bool ended = false;
  };

  class Handle final : public Subscription {
   public:
    Handle(std::shared_ptr<EngineBus> bus, std::shared_ptr<Subscriber> subscriber)
        : bus_(std::move(bus)), subscriber_(std::move(subscriber)) {}
    ~Handle() override {
      {
        const std::lock_guard lock(subscriber_->mutex);
        subscriber_->ended = true;
      }
      asio::post(bus_->reactor_, [bus = bus_, subscriber = subscriber_] { bus->remove(subscriber); });
    }

   private:
    std::shared_ptr<EngineBus> bus_;
    std::shared_ptr<Subscriber> subscriber_;
  };

  void connect() {
    if (stopped_) return;
    const EngineSocket engine = connect_engine(socket_);
    if (engine.outcome != ConnectOutcome::connected) return retry_later();
    channel_ = make_plain_channel(reactor_, engine.descriptor);
    channel_->start({[self = shared_from_this()](std::string_view bytes) { return self->on_bytes(bytes); },
                     [self = shared_from_this()](std::string_view) { self->on_lost(); }});
    channel_->send(encoded(mqtt::Connect{.client_id = client_id_, .clean_session = true, .keep_alive_seconds = 0}));
  }

  void retry_later() {
    retry_.expires_after(kReconnectAfter);
    retry_.async_wait([self = shared_from_this()](auto error) {
      if (!error) self->connect();
    });
  }

  void on_lost() {
    if (stopped_) return;
    if (ready_) log::warn("gateway", "the engine connection of the service is lost; reconnecting");
    ready_ = false;
    channel_.reset();
    retry_later();
  }

  std::size_t on_bytes(std::string_view bytes) {
    const auto consumed = take_packets(bytes, kPacketBytesMax, [this](const mqtt::Packet& packet) {
      if (std::holds_alternative<mqtt::ConnAck>(packet)) on_connected();
      if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) deliver(*publish);
      return true;
    });
    return consumed.value_or(bytes.size());
  }

  void on_connected() {
    ready_ = true;
    std::map<std::string, int> filters;
    for (const auto& subscriber : subscribers_) {
      if (filters[subscriber->filter]++ == 0) send_subscribe(subscriber->filter);
    }
  }

  void send_publish(const std::string& account_id, const cloud::Message& message) {
    if (!ready_) return;
    const std::string topic = engine_topic(account_id, message.topic);
    mqtt::Publish publish;
    publish.topic = topic;
    publish.payload = as_bytes(message.payload);
    publish.qos = message.qos > 0 ? 1 : 0;
    publish.retain = message.retain;
    publish.packet_id = publish.qos > 0 ? next_packet_id() : std::uint16_t{0};
    send_together();
    if (!channel_->send(encoded(publish)))
      log::warn("gateway", "the engine does not read; a message of the service is lost");
  }

  /// What comes in one turn of the reactor leaves in one write.
  void send_together() {
    channel_->hold(true);
    asio::post(reactor_, [channel = channel_] { channel->hold(false); });
  }

  void send_subscribe(const std::string& filter) {
    mqtt::Subscribe subscribe;
    subscribe.packet_id = next_packet_id();
    subscribe.count = 1;
    subscribe.filters[0] = {filter, 0};
    channel_->send(encoded(subscribe));
  }

  void add(const std::shared_ptr<Subscriber>& subscriber) {
    if (stopped_ || subscriber->filter.empty()) return;
    const bool is_first = count_of(subscriber->filter) == 0;
    subscribers_.push_back(subscriber);
    if (is_first && ready_) send_subscribe(subscriber->filter);
  }

  void remove(const std::shared_ptr<Subscriber>& subscriber) {
    std::erase(subscribers_, subscriber);
    if (!ready_ || count_of(subscriber->filter) > 0) return;
    mqtt::Unsubscribe unsubscribe;
    unsubscribe.packet_id = next_packet_id();
    unsubscribe.count = 1;
    unsubscribe.filters[0] = subscriber->filter;
    channel_->send(encoded(unsubscribe));
  }

  std::size_t count_of(const std::string& filter) const {
    return static_cast<std::size_t>(std::count_if(subscribers_.begin(), subscribers_.end(),
                                                  [&](const auto& other) { return other->filter == filter; }));
  }

  void deliver(const mqtt::Publish& publish) {
    const auto subscribers = subscribers_;  // a handler may end subscriptions
    for (const auto& subscriber : subscribers) {
      if (!mqtt::matches(subscriber->filter, publish.topic)) continue;
      const auto topic = account_topic(subscriber->account_id, publish.topic);
      const std::lock_guard lock(subscriber->mutex);
      if (!topic || subscriber->ended) continue;
      subscriber->handler({*topic, std::string(as_text(publish.payload)), publish.qos, publish.retain});
    }
  }

  std::uint16_t next_packet_id() {
    packet_id_ = static_cast<std::uint16_t>(packet_id_ % 65535 + 1);
    return packet_id_;
  }

  asio::io_context& reactor_;
  const std::filesystem::path socket_;
  const std::string client_id_;
  asio::steady_timer retry_;
  std::shared_ptr<Channel> channel_;
  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  std::uint16_t packet_id_ = 0;
  std::atomic<bool> ready_ = false;
  bool stopped_ = false;
};

}  // namespace

std::shared_ptr<Bus> make_bus(asio::io_context& reactor, std::filesystem::path engine_socket, std::string client_id) {
  auto bus = std::make_shared<EngineBus>(reactor, std::move(engine_socket), std::move(client_id));
  asio::post(reactor, [bus] { bus->start(); });
  return bus;
}

}  // namespace xl::gateway
