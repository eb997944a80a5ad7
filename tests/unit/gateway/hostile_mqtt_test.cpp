// SPDX-License-Identifier: Apache-2.0
// Packets that no honest device sends: each has a defined answer and a reason in the log, and disturbs nobody else.
// source: OASIS MQTT 3.1.1; AWS IoT Developer Guide, "MQTT"
#include "cloud/model/limits.hpp"
#include "gateway/wire.hpp"
#include "unit/gateway/hostile.hpp"

namespace xl::gateway::testing {
namespace {

constexpr int kUnacceptableProtocol = 1;
constexpr int kIdentifierRejected = 2;
constexpr int kNotAuthorized = 5;
constexpr int kRefused = 0x80;

std::string text_field(std::string_view text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size())} + std::string(text);
}

/// A packet as no encoder would make it; the body is under 128 bytes.
std::string raw(int header, std::string_view body) {
  return std::string{static_cast<char>(header), static_cast<char>(body.size())} + std::string(body);
}

std::string raw_connect(std::string_view protocol, char level, char flags, std::string_view payload) {
  return raw(0x10, text_field(protocol) + level + flags + std::string("\0\x3c", 2) + std::string(payload));
}

struct Case {
  const char* name;
  std::string bytes;
};

class HostileMqtt : public Hostile {
 protected:
  /// These bytes end the connection, and the log says why.
  void expect_cut(Client& client, const Case& one, std::string_view reason) {
    LogCapture log;
    client.send_bytes(one.bytes);
    EXPECT_TRUE(client.is_closed()) << one.name;
    EXPECT_NE(log.text().find(reason), std::string::npos) << one.name << ": " << log.text();
  }
  std::unique_ptr<Client> shaken(const Identity& identity) {
    return std::make_unique<Client>(cloud_, cloud_.staging, identity);
  }
  /// The reason that the refusal of this packet logs.
  std::string refused_publish(std::string_view topic) {
    const auto client = device();
    LogCapture log;
    client->publish(topic, "x");
    EXPECT_TRUE(client->is_closed());
    return log.text();
  }
  const std::string malformed_ = "reason=\"malformed MQTT packet\"";
};

TEST_F(HostileMqtt, AConnectCutAnywhereConnectsNobody) {
  const Identity identity = vendor_.issue();
  mqtt::Connect connect{.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 60};
  connect.will = mqtt::Will{.topic = "honest/will", .payload = as_bytes("half"), .qos = 1};
  connect.username = "?SDK=x";
  const std::string packet = encoded(connect);
  const auto before = cloud_.gateway().counters();
  for (std::size_t size = 0; size < packet.size(); ++size) shaken(identity)->send_bytes(packet.substr(0, size));
  EXPECT_FALSE(is_known(cloud_.staging, identity.certificate));
  EXPECT_EQ(cloud_.gateway().counters().connects_accepted, before.connects_accepted);
  EXPECT_EQ(cloud_.gateway().counters().connects_refused, before.connects_refused);
}

TEST_F(HostileMqtt, APacketCutAnywhereIsNotDoneByHalf) {
  const Identity identity = vendor_.issue();
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 1;
  subscribe.count = 1;
  subscribe.filters[0] = {"cut", 1};
  const std::string publish =
      encoded(mqtt::Publish{.topic = "honest/cut", .payload = as_bytes("half"), .qos = 1, .packet_id = 1});
  for (const std::string& packet : {publish, encoded(subscribe)}) {
    for (std::size_t size = 1; size < packet.size(); ++size) {
      const auto client = shaken(identity);
      ASSERT_EQ(client->connect(), 0);
      client->send_bytes(packet.substr(0, size));
      client->vanish();
    }
  }
  EXPECT_TRUE(eventually([&] { return cloud_.gateway().counters().sessions_open == 1; }));
  EXPECT_EQ(honest_->messages_until_quiet(), "");
}

TEST_F(HostileMqtt, BrokenPacketsInsteadOfConnect) {
  const Identity identity = vendor_.issue();
  const std::string id = text_field(identity.thing_name);
  const std::vector<Case> cases{
      {"length of five bytes", "\x10\xff\xff\xff\xff\x01"},
      {"CONNECT of no bytes", raw(0x10, "")},
      {"CONNECT with flags in its header", raw(0x11, text_field("MQTT"))},
      {"another protocol's name", raw_connect("MQTX", 4, 2, id)},
      {"reserved flag", raw_connect("MQTT", 4, 3, id)},
      {"will of QoS 3", raw_connect("MQTT", 4, 0x1e, id + text_field("w") + text_field("x"))},
      {"will QoS without a will", raw_connect("MQTT", 4, 0x0a, id)},
      {"will that is not there", raw_connect("MQTT", 4, 0x06, id)},
      {"will topic with a wildcard", raw_connect("MQTT", 4, 0x06, id + text_field("w/#") + text_field("x"))},
      {"password without a user name", raw_connect("MQTT", 4, 0x42, id + text_field("secret"))},
      {"trailing bytes", raw_connect("MQTT", 4, 2, id + "x")},
      {"client id longer than the packet", raw_connect("MQTT", 4, 2, "\x7f\x7fx")},
      {"client id with NUL", raw_connect("MQTT", 4, 2, text_field(std::string_view("a\0b", 3)))},
      {"client id that is not UTF-8", raw_connect("MQTT", 4, 2, text_field("\xff\xfe"))},
      {"client id with a surrogate", raw_connect("MQTT", 4, 2, text_field("\xed\xa0\x80"))}};
  for (const Case& one : cases) expect_cut(*shaken(identity), one, malformed_);
  expect_cut(*shaken(identity), {"packet type 0", std::string("\0\0", 2)}, "reason=\"not MQTT 3.1.1\"");
  expect_cut(*shaken(identity), {"length of 256 MB", "\x10\xff\xff\xff\x7f"}, "more than 128 KiB");
  EXPECT_FALSE(is_known(cloud_.staging, identity.certificate));
}

TEST_F(HostileMqtt, OtherVersionsOfTheProtocolAreToldSo) {
  const Identity identity = vendor_.issue();
  const std::string id = text_field(identity.thing_name);
  for (const std::string& hello :
       {raw_connect("MQIsdp", 3, 2, id), raw_connect("MQTT", 3, 2, id),
        raw_connect("MQTT", 5, 2, std::string(1, '\0') + id), raw_connect("MQTT", '\x84', 2, id)}) {
    const auto client = shaken(identity);
    LogCapture log;
    client->send_bytes(hello);
    const auto answer = client->next();
    ASSERT_TRUE(answer && answer->as<mqtt::ConnAck>() != nullptr);
    EXPECT_EQ(answer->as<mqtt::ConnAck>()->return_code, kUnacceptableProtocol);
    EXPECT_TRUE(client->is_closed());
    EXPECT_NE(log.text().find("not MQTT 3.1.1"), std::string::npos);
  }
}

TEST_F(HostileMqtt, AnyPacketBeforeConnect) {
  const Identity identity = vendor_.issue();
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 1;
  subscribe.count = 1;
  subscribe.filters[0] = {"#", 1};
  const Byte code = 0;
  const std::vector<mqtt::Packet> packets{mqtt::Publish{.topic = "honest/x"},
                                          subscribe,
                                          mqtt::PingReq{},
                                          mqtt::Disconnect{},
                                          mqtt::ConnAck{},
                                          mqtt::PubAck{1},
                                          mqtt::PubRel{1},
                                          mqtt::PingResp{},
                                          mqtt::SubAck{1, {&code, 1}},
                                          mqtt::UnsubAck{1}};
  for (const mqtt::Packet& packet : packets)
    expect_cut(*shaken(identity), {"early packet", encoded(packet)}, "the first packet is not CONNECT");
  EXPECT_FALSE(is_known(cloud_.staging, identity.certificate));
  EXPECT_EQ(honest_->messages_until_quiet(), "");
}

TEST_F(HostileMqtt, BrokenPacketsOfAConnectedDevice) {
  const Identity identity = vendor_.issue();
  const std::string topic = text_field("honest/x");
  const std::string one("\0\1", 2);
  const std::vector<Case> cases{{"length of five bytes", "\x30\x80\x80\x80\x80\x01"},
                                {"PUBLISH of no bytes", raw(0x30, "")},
                                {"PUBLISH of QoS 3", raw(0x36, topic + one)},
                                {"QoS 0 marked as a duplicate", raw(0x38, topic)},
                                {"topic longer than the packet", raw(0x30, "\x7f\x7fx")},
                                {"QoS 1 without packet id", raw(0x32, topic)},
                                {"packet id 0", raw(0x32, topic + std::string("\0\0", 2))},
                                {"empty topic", raw(0x30, text_field(""))},
                                {"topic with +", raw(0x30, text_field("honest/+"))},
                                {"topic with #", raw(0x30, text_field("#"))},
                                {"topic with NUL", raw(0x30, text_field(std::string_view("honest/\0", 8)))},
                                {"topic that is not UTF-8", raw(0x30, text_field("honest/\xc0\x80"))},
                                {"SUBSCRIBE with wrong flags", raw(0x80, one + text_field("x") + '\1')},
                                {"SUBSCRIBE without a filter", raw(0x82, one)},
                                {"SUBSCRIBE without QoS", raw(0x82, one + text_field("x"))},
                                {"SUBSCRIBE for QoS 3", raw(0x82, one + text_field("x") + '\3')},
                                {"# before the end", raw(0x82, one + text_field("a/#/b") + '\1')},
                                {"+ beside a letter", raw(0x82, one + text_field("a+") + '\1')},
                                {"# beside a letter", raw(0x82, one + text_field("a#") + '\1')},
                                {"empty filter", raw(0x82, one + text_field("") + '\1')},
                                {"filter with NUL", raw(0x82, one + text_field(std::string_view("\0", 1)) + '\1')},
                                {"UNSUBSCRIBE without a filter", raw(0xa2, one)},
                                {"PINGREQ with a body", raw(0xc0, "x")},
                                {"DISCONNECT with a body", raw(0xe0, "x")},
                                {"PUBACK of one byte", raw(0x40, "x")}};
  for (const Case& broken : cases) expect_cut(*device_of(cloud_.staging, identity), broken, malformed_);
  expect_cut(*device_of(cloud_.staging, identity), {"packet type 15", raw(0xf0, "")}, "not MQTT 3.1.1");
  EXPECT_EQ(honest_->messages_until_quiet(), "");
}

TEST_F(HostileMqtt, ALengthThatLiesDoesNotMakeOnePacketOfTwo) {
  const auto client = device();
  std::string packet = raw(0x30, text_field("honest/x") + "pay" + std::string("\xff\0", 2));
  packet[1] = static_cast<char>(packet[1] - 2);  // what is left is read as a packet of its own
  expect_cut(*client, {"short length", packet}, "not MQTT 3.1.1");
  EXPECT_EQ(honest_->message(), "honest/x pay");
  const auto waiting = device();
  packet[1] = 0x7f;  // the rest never comes
  waiting->send_bytes(packet);
  waiting->vanish();
  EXPECT_EQ(honest_->messages_until_quiet(), "");
}

TEST_F(HostileMqtt, PacketsThatOnlyAServerSends) {
  const Identity identity = vendor_.issue();
  const Byte code = 1;
  for (const mqtt::Packet& packet :
       {mqtt::Packet(mqtt::SubAck{1, {&code, 1}}), mqtt::Packet(mqtt::ConnAck{}), mqtt::Packet(mqtt::PubRec{1}),
        mqtt::Packet(mqtt::PubRel{1}), mqtt::Packet(mqtt::PubComp{1}), mqtt::Packet(mqtt::UnsubAck{1}),
        mqtt::Packet(mqtt::PingResp{}), mqtt::Packet(mqtt::Connect{.client_id = identity.thing_name})}) {
    expect_cut(*device_of(cloud_.staging, identity), {"wrong way", encoded(packet)},
               "a packet that a client may not send here");
  }
}

TEST_F(HostileMqtt, AcknowledgementsOfNothingAreIgnored) {
  const auto client = device();
  for (std::uint16_t id = 1; id < 200; ++id) client->send(mqtt::PubAck{id});
  EXPECT_EQ(client->subscribe("x"), 1);
}

TEST_F(HostileMqtt, QosTwo) {
  const auto client = device();
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 3;
  subscribe.count = 1;
  subscribe.filters[0] = {"x", 2};
  client->send(subscribe);
  const auto answer = client->await<mqtt::SubAck>();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->as<mqtt::SubAck>()->return_codes[0], 1);  // as AWS: granted what there is
  LogCapture log;
  client->send(mqtt::Publish{.topic = "honest/x", .qos = 2, .packet_id = 1});
  EXPECT_TRUE(client->is_closed());
  EXPECT_NE(log.text().find("QoS 2 is not supported"), std::string::npos);
}

TEST_F(HostileMqtt, FloodsOfRequestsUnderOnePacketId) {
  const auto client = device();
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 3;
  subscribe.count = 1;
  subscribe.filters[0] = {"x", 1};
  expect_cut(*client, {"SUBSCRIBE twice", encoded(subscribe) + encoded(subscribe)}, "a packet id that is in use");
}

/// The engine would close the connection, also the service's own, on which they might be repeated.
TEST_F(HostileMqtt, ControlCharactersReachNeitherTheEngineNorAnEvent) {
  const Identity identity = vendor_.issue();
  for (const char* text : {"a\x01", "\x1f", "\x7f", "\xc2\x80", "\xef\xb7\x90", "\xef\xbf\xbf", "\xf0\x9f\xbf\xbe"}) {
    EXPECT_EQ(shaken(identity)->connect({.client_id = text, .clean_session = true}), kIdentifierRejected);
    EXPECT_NE(refused_publish("honest/" + std::string(text)).find("control characters"), std::string::npos);
    EXPECT_EQ(honest_->subscribe("x/" + std::string(text)), kRefused);
    EXPECT_FALSE(cloud_.gateway().bus().publish(cloud_.staging.id, {text, "", 0, false}));
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    connect.will = mqtt::Will{.topic = text};
    EXPECT_EQ(shaken(identity)->connect(connect), kNotAuthorized);
  }
  for (const char* text : {"a b", "\xc2\xa0", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(honest_->publish_acknowledged("x/" + std::string(text), ""));
}

TEST_F(HostileMqtt, TopicsOfHundredsOfLevels) {
  const std::string deep(300, '/');
  EXPECT_NE(refused_publish(deep).find("8 levels"), std::string::npos);
  EXPECT_EQ(honest_->subscribe(deep), kRefused);
  EXPECT_FALSE(cloud_.gateway().bus().publish(cloud_.staging.id, {deep, "", 0, false}));
  EXPECT_FALSE(cloud_.gateway().bus().publish(cloud_.staging.id, {std::string(65'535, 'x'), "", 0, false}));
  for (const std::string& filter : {deep, std::string(65'535, 'x')}) {
    mqtt::Unsubscribe unsubscribe;
    unsubscribe.packet_id = 6;
    unsubscribe.count = 1;
    unsubscribe.filters[0] = filter;
    honest_->send(unsubscribe);
    EXPECT_TRUE(honest_->await<mqtt::UnsubAck>());
  }
}

TEST_F(HostileMqtt, ReservedAndSharedFiltersOfEveryForm) {
  const auto client = device();
  for (const char* filter : {"$share/", "$share//x", "$share/g", "$share/g/", "$share/+/x", "$share/g/$SYS/#",
                             "$share/g/$aws/#", "$share/g/$share/h/x"})
    EXPECT_EQ(client->subscribe(filter), kRefused) << filter;
  for (const char* filter : {"$SYS/#", "$aws/events/#", "$queue/x", "$share/g/x", "$share/g/+/#", "/", "//", "+/+"})
    EXPECT_EQ(client->subscribe(filter), 1) << filter;
}

TEST_F(HostileMqtt, ClientIdsOutsideTheRules) {
  const Identity identity = vendor_.issue();
  for (const std::string& id : {std::string("a/b"), std::string("/"), std::string("$share/x"), std::string("../x")})
    EXPECT_EQ(shaken(identity)->connect({.client_id = id}), kIdentifierRejected) << id;
  const auto client = shaken(identity);
  LogCapture log;
  client->send(mqtt::Connect{.client_id = "", .clean_session = true});
  const auto answer = client->next();
  ASSERT_TRUE(answer && answer->as<mqtt::ConnAck>() != nullptr);
  EXPECT_EQ(answer->as<mqtt::ConnAck>()->return_code, kIdentifierRejected);
  EXPECT_NE(log.text().find("client id must have"), std::string::npos);
  EXPECT_FALSE(is_known(cloud_.staging, identity.certificate));
}

TEST_F(HostileMqtt, WillsOutsideTheRules) {
  const Identity identity = vendor_.issue();
  const auto with_will = [&](const std::string& topic, std::uint8_t qos, bool retain) {
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    connect.will = mqtt::Will{.topic = topic, .payload = as_bytes("gone"), .qos = qos, .retain = retain};
    return shaken(identity)->connect(connect);
  };
  EXPECT_EQ(with_will("honest/will", 2, false), kNotAuthorized);
  EXPECT_EQ(with_will(std::string(257, 'x'), 0, false), kNotAuthorized);
  EXPECT_EQ(with_will("1/2/3/4/5/6/7/8/9", 0, false), kNotAuthorized);
  for (const char* topic : {"$share/g/honest/will", "$SYS/x", "$aws/rules/x", "honest/expresslink_config"})
    EXPECT_EQ(with_will(topic, 1, true), kNotAuthorized) << topic;
  EXPECT_EQ(honest_->messages_until_quiet(), "");
}

/// The limit is 50 for a connection; AWS answers each filter over it with 0x80.
TEST_F(HostileMqtt, TenThousandSubscriptions) {
  const auto client = device();
  int granted = 0, refused = 0;
  LogCapture log;
  for (int packet = 0; packet < 1250; ++packet) {
    std::vector<std::string> filters;
    for (int i = 0; i < 8; ++i) filters.push_back("t/" + std::to_string(packet * 8 + i));
    mqtt::Subscribe subscribe;
    subscribe.packet_id = static_cast<std::uint16_t>(packet + 1);
    for (const std::string& filter : filters) subscribe.filters[subscribe.count++] = {filter, 0};
    client->send(subscribe);
    const auto answer = client->await<mqtt::SubAck>();
    ASSERT_TRUE(answer);
    for (const Byte code : answer->as<mqtt::SubAck>()->return_codes) ++(code == kRefused ? refused : granted);
  }
  EXPECT_EQ(granted, static_cast<int>(cloud::limits::kSubscriptionsPerConnectionMax));
  EXPECT_EQ(refused, 10'000 - granted);
  EXPECT_NE(log.text().find("more than 50 subscriptions"), std::string::npos);
}

/// AWS keeps half a million for an account: five thousand of one device are its right and nobody else's delay.
TEST_F(HostileMqtt, FiveThousandRetainedTopics) {
  const auto client = device();
  for (int i = 0; i < 5000; ++i) client->publish("shelf/" + std::to_string(i), "kept", true);
  EXPECT_TRUE(client->publish_acknowledged("shelf/end", ""));
  const auto reader = device();
  EXPECT_EQ(reader->subscribe("shelf/4999"), 1);
  EXPECT_EQ(reader->message(), "shelf/4999 kept");
  for (int i = 0; i < 5000; ++i) client->publish("shelf/" + std::to_string(i), "", true);
  EXPECT_TRUE(client->publish_acknowledged("shelf/end", ""));
}

}  // namespace
}  // namespace xl::gateway::testing
