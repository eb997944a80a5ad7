// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket behind the HTTP upgrade: what a client with an access key says and hears, frame by frame.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/web_door.hpp"
#include "gateway/wire.hpp"
#include "unit/gateway/client.hpp"
#include "unit/gateway/websocket_support.hpp"

namespace xl::gateway::testing {
namespace {

using websocket::Opcode;

struct ServerFrame {
  Opcode opcode;
  std::string payload;
};

/// Holds the descriptor that the HTTP server would.
class WebClient {
 public:
  WebClient(cloud::MqttDoor& door, const std::string& account, const std::string& key) {
    const auto opened = door.open({account, key, "192.0.2.7"});
    EXPECT_TRUE(opened) << opened.error().detail;
    socket_ = opened.value_or(-1);
  }
  ~WebClient() { ::close(socket_); }
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  void send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      pollfd ready{socket_, POLLOUT, 0};
      ::poll(&ready, 1, 10'000);
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void send(const mqtt::Packet& packet) { send_bytes(masked_frame(encoded(packet))); }

  /// nullopt: the other side has closed, or said nothing for ten seconds.
  std::optional<ServerFrame> next_frame() {
    for (;;) {
      if (auto frame = take_frame()) return frame;
      pollfd ready{socket_, POLLIN, 0};
      std::array<char, 4096> chunk{};
      if (::poll(&ready, 1, 10'000) != 1) return std::nullopt;
      const auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
      if (count <= 0) return std::nullopt;
      input_.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }
  /// The bytes of the next packet.
  std::string next() {
    const auto frame = next_frame();
    EXPECT_TRUE(!frame || frame->opcode == Opcode::binary || frame->opcode == Opcode::close);
    return frame && frame->opcode == Opcode::binary ? frame->payload : "closed";
  }
  /// CONNECT; the CONNACK's code, -1 without one.
  int connect(std::string_view client_id) {
    send(mqtt::Connect{.client_id = client_id, .clean_session = true, .keep_alive_seconds = 60});
    const std::string answer = next();
    return answer.size() == 4 && answer[0] == 0x20 ? answer[3] : -1;
  }
  /// What the server closes with; 0: without a word.
  int close_code() {
    for (auto frame = next_frame(); frame; frame = next_frame()) {
      if (frame->opcode == Opcode::close && frame->payload.size() == 2)
        return static_cast<Byte>(frame->payload[0]) << 8 | static_cast<Byte>(frame->payload[1]);
    }
    return 0;
  }

 private:
  std::optional<ServerFrame> take_frame() {
    if (input_.size() < 2) return std::nullopt;
    const auto byte = [this](std::size_t i) { return static_cast<std::size_t>(static_cast<Byte>(input_[i])); };
    EXPECT_EQ(byte(1) & 0x80U, 0U) << "a server does not mask";
    const std::size_t length_bytes = byte(1) == 126 ? 2 : byte(1) == 127 ? 8 : 0;
    if (input_.size() < 2 + length_bytes) return std::nullopt;
    std::size_t size = length_bytes == 0 ? byte(1) : 0;
    for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte(2 + i);
    if (input_.size() < 2 + length_bytes + size) return std::nullopt;
    ServerFrame out{static_cast<Opcode>(byte(0) & 15U), input_.substr(2 + length_bytes, size)};
    input_.erase(0, 2 + length_bytes + size);
    return out;
  }

  int socket_ = -1;
  std::string input_;
};

class WebSocket : public ::testing::Test {
 protected:
  explicit WebSocket(const Deadlines& deadlines = {}) : cloud_(false, deadlines) {}
  void SetUp() override {
    add_key(kKey, cloud_.customer, cloud::Role::admin);
    door_ = make_mqtt_door(cloud_.engine().socket_path());
  }
  void add_key(const std::string& id, const cloud::Account& account, cloud::Role role) {
    cloud_.write([&](cloud::Registry& registry) {
      return registry.accounts().insert_access_key({id, account.id, role, "sealed", true, wall_now()});
    });
  }
  WebClient client(const std::string& key = kKey) { return {*door_, cloud_.customer.id, key}; }

  static inline const std::string kKey = "AKIAADMINADMINADMINA";
  Cloud cloud_;
  std::unique_ptr<cloud::MqttDoor> door_;
};

mqtt::Publish message(std::string_view topic, std::string_view payload) {
  mqtt::Publish out;
  out.topic = topic;
  out.payload = as_bytes(payload);
  return out;
}

TEST_F(WebSocket, CarriesMqttBothWays) {
  const auto ear = cloud_.listen(cloud_.customer, "shop/#");
  auto page = client();
  ASSERT_EQ(page.connect("page"), 0);
  page.send(message("shop/a", "from the page"));
  EXPECT_EQ(ear->hear("shop/a").payload, "from the page");
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 1;
  subscribe.count = 1;
  subscribe.filters[0] = {"shop/#", 0};
  page.send(subscribe);
  EXPECT_EQ(page.next(), std::string("\x90\x03\x00\x01\x00", 5));
  cloud_.say(cloud_.customer, {"shop/b", "to the page", 0, false});
  EXPECT_EQ(page.next(), encoded(message("shop/b", "to the page")));
  cloud_.say(cloud_.other, {"shop/b", "of another account", 0, false});
  page.send(mqtt::PingReq{});
  EXPECT_EQ(page.next(), std::string("\xd0\x00", 2)) << "nothing else came before the answer";
}

TEST_F(WebSocket, PacketsMaySpanAndShareFrames) {
  const auto ear = cloud_.listen(cloud_.customer, "#");
  auto page = client();
  const std::string connect =
      encoded(mqtt::Connect{.client_id = "page", .clean_session = true, .keep_alive_seconds = 60});
  page.send_bytes(masked_frame(connect.substr(0, 5), {.final = false}));
  page.send_bytes(masked_frame(connect.substr(5) + encoded(message("a", "1")) + encoded(message("b", "2")).substr(0, 3),
                               {.opcode = Opcode::continuation}));
  EXPECT_EQ(page.next(), std::string("\x20\x02\x00\x00", 4));
  page.send_bytes(masked_frame(encoded(message("b", "2")).substr(3)));
  EXPECT_EQ(ear->hear("a").payload, "1");
  EXPECT_EQ(ear->hear("b").payload, "2");
}

TEST_F(WebSocket, PingsAreAnsweredBetweenFragmentsAndWhileNobodyHasConnected) {
  auto page = client();
  page.send_bytes(masked_frame("still here?", {.opcode = Opcode::ping}));
  const auto pong = page.next_frame();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, Opcode::pong);
  EXPECT_EQ(pong->payload, "still here?");
  EXPECT_EQ(page.connect("page"), 0);
}

TEST_F(WebSocket, IsClosedWithTheReason) {
  auto texting = client();
  ASSERT_EQ(texting.connect("texting"), 0);
  texting.send_bytes(masked_frame("hello", {.opcode = Opcode::text}));
  EXPECT_EQ(texting.close_code(), 1003);
  auto unmasked = client();
  unmasked.send_bytes(masked_frame("hello", {.masked = false}));
  EXPECT_EQ(unmasked.close_code(), 1002);
  auto polite = client();
  ASSERT_EQ(polite.connect("polite"), 0);
  polite.send_bytes(masked_frame("\x03\xe8", {.opcode = Opcode::close}));
  EXPECT_EQ(polite.close_code(), 1000);
  auto done = client();
  ASSERT_EQ(done.connect("done"), 0);
  done.send(mqtt::Disconnect{});
  EXPECT_EQ(done.close_code(), 1000);
  EXPECT_TRUE(eventually([this] { return cloud_.gateway().counters().sessions_open == 0; }));
}

TEST_F(WebSocket, TellsItsLifeLikeADevices) {
  const auto ear = cloud_.listen(cloud_.customer, "$aws/events/presence/#");
  {
    auto page = client();
    ASSERT_EQ(page.connect("page"), 0);
    const std::string connected = ear->hear("$aws/events/presence/connected/page").payload;
    EXPECT_NE(connected.find("\"principalIdentifier\":\"" + kKey + "\""), std::string::npos) << connected;
    EXPECT_NE(connected.find("\"ipAddress\":\"192.0.2.7\""), std::string::npos) << connected;
  }
  EXPECT_NE(ear->hear("$aws/events/presence/disconnected/page").payload.find("CONNECTION_LOST"), std::string::npos);
}

TEST_F(WebSocket, KeepsTheRulesThatNoPolicyLifts) {
  for (const auto* topic : {"lamp/expresslink_config", "$aws/things/lamp/shadow/update", "a/b/c/d/e/f/g/h/i"}) {
    auto page = client();
    ASSERT_EQ(page.connect("page"), 0);
    page.send(message(topic, "{}"));
    EXPECT_EQ(page.close_code(), 1000) << topic;
  }
}

TEST_F(WebSocket, AnotherRoleOrAccountOrADisabledKeyMayNotConnect) {
  add_key("AKIAREADERREADERREAD", cloud_.customer, cloud::Role::read_only);
  add_key("AKIACLAIMERCLAIMERCL", cloud_.customer, cloud::Role::claim_only);
  add_key("AKIAOTHEROTHEROTHERO", cloud_.other, cloud::Role::admin);
  add_key("AKIADISABLEDDISABLED", cloud_.customer, cloud::Role::admin);
  cloud_.write([](auto& registry) { return registry.accounts().disable_access_key("AKIADISABLEDDISABLED"); });
  for (const auto* key :
       {"AKIAREADERREADERREAD", "AKIACLAIMERCLAIMERCL", "AKIAOTHEROTHEROTHERO", "AKIADISABLEDDISABLED", "AKIANOBODY"}) {
    auto page = client(key);
    EXPECT_EQ(page.connect("page"), 5) << key;
  }
}

TEST_F(WebSocket, ADisabledKeyIsCut) {
  auto page = client();
  ASSERT_EQ(page.connect("page"), 0);
  cloud_.write([](auto& registry) { return registry.accounts().disable_access_key(kKey); });
  EXPECT_EQ(page.close_code(), 1000);
}

TEST_F(WebSocket, OfOneClientIdTheNewestStays) {
  auto first = client(), second = client();
  ASSERT_EQ(first.connect("page"), 0);
  ASSERT_EQ(second.connect("page"), 0);
  EXPECT_EQ(first.close_code(), 1000);
  second.send(mqtt::PingReq{});
  EXPECT_EQ(second.next(), std::string("\xd0\x00", 2));
}

TEST_F(WebSocket, NobodyOpensTheDoorWhenTheGatewayIsGone) {
  cloud_.stop_gateway();
  const auto opened = door_->open({cloud_.customer.id, kKey, "192.0.2.7"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::unavailable);
}

class ShortWebSocket : public WebSocket {
 protected:
  ShortWebSocket() : WebSocket(Deadlines{.web_session = std::chrono::milliseconds(300)}) {}
};

TEST_F(ShortWebSocket, EndsAfterItsTime) {
  const auto ear = cloud_.listen(cloud_.customer, "$aws/events/presence/#");
  auto page = client();
  ASSERT_EQ(page.connect("page"), 0);
  EXPECT_EQ(page.close_code(), 1000);
  EXPECT_NE(ear->hear("$aws/events/presence/disconnected/page").payload.find("WEBSOCKET_TTL_EXPIRATION"),
            std::string::npos);
}

}  // namespace
}  // namespace xl::gateway::testing
