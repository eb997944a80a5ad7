// SPDX-License-Identifier: Apache-2.0
// Peers that stall: each is cut at its deadline, and nobody else waits for them.
#include <thread>

#include "gateway/wire.hpp"
#include "unit/gateway/hostile.hpp"

namespace xl::gateway::testing {
namespace {

using std::chrono::milliseconds;

class SlowPeers : public Hostile {
 protected:
  SlowPeers()
      : Hostile({.connect = milliseconds(800), .patience = milliseconds(500), .keep_alive_min = milliseconds(1)}) {}

  void expect_logged(const std::string& text, std::string_view reason) {
    EXPECT_NE(text.find(reason), std::string::npos) << text;
  }
  std::string connect_packet(const Identity& identity) {
    return encoded(mqtt::Connect{.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 1});
  }
  std::unique_ptr<Client> shaken(const Identity& identity) {
    return std::make_unique<Client>(cloud_, cloud_.staging, identity);
  }
};

TEST_F(SlowPeers, AConnectThatStopsAnywhereIsCutInTime) {
  const Identity identity = vendor_.issue();
  const std::string packet = connect_packet(identity);
  LogCapture log;
  std::vector<std::unique_ptr<Client>> stalled;
  for (std::size_t size = 0; size < packet.size(); ++size) {
    stalled.push_back(shaken(identity));
    stalled.back()->send_bytes(packet.substr(0, size));
  }
  EXPECT_TRUE(honest_->publish_acknowledged("x", ""));
  for (const auto& client : stalled) EXPECT_TRUE(client->is_closed());
  expect_logged(log.text(), "no CONNECT in time");
  EXPECT_FALSE(is_known(cloud_.staging, identity.certificate));
}

/// Every byte is progress, but the deadline is for the whole.
TEST_F(SlowPeers, AByteNowAndThenDoesNotMoveTheDeadline) {
  const Identity identity = vendor_.issue();
  const std::string packet = connect_packet(identity);
  const auto client = shaken(identity);
  RawSocket before_tls(cloud_.port());
  const std::string record("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  LogCapture log;
  for (std::size_t i = 0; i < 11; ++i) {
    client->send_bytes(packet.substr(i, 1));
    before_tls.send(record.substr(i, 1));
    std::this_thread::sleep_for(milliseconds(100));  // being slow is the attack
  }
  EXPECT_TRUE(client->is_closed());
  EXPECT_TRUE(before_tls.is_closed());
  expect_logged(log.text(), "handshake failed");
  EXPECT_FALSE(is_known(cloud_.staging, identity.certificate));
}

/// MQTT 3.1.1 3.1.2.10: a control packet must arrive, not a byte.
TEST_F(SlowPeers, APacketThatNeverEndsKeepsNoSessionAlive) {
  const Identity identity = vendor_.issue();
  const auto client = shaken(identity);
  ASSERT_EQ(client->connect({.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 1}), 0);
  const std::string packet = encoded(mqtt::Publish{.topic = "honest/slow", .payload = as_bytes("never said")});
  LogCapture log;
  for (std::size_t i = 0; i + 1 < packet.size() && i < 17; ++i) {
    client->send_bytes(packet.substr(i, 1));
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(client->is_closed());
  expect_logged(log.text(), "nothing heard within the keep-alive time");
  EXPECT_EQ(honest_->messages_until_quiet(), "");
}

TEST_F(SlowPeers, APeerThatGoesSilentlyIsMissedInTime) {
  const Identity identity = vendor_.issue();
  const auto half_open = shaken(identity);
  ASSERT_EQ(half_open->connect({.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 1}), 0);
  EXPECT_TRUE(eventually([&] { return cloud_.gateway().counters().sessions_open == 1; }));
  EXPECT_TRUE(half_open->is_closed());
}

TEST_F(SlowPeers, HundredsOfHalfOpenHandshakesDelayNobody) {
  std::vector<std::unique_ptr<RawSocket>> half_open;
  for (int i = 0; i < 300; ++i) {
    half_open.push_back(std::make_unique<RawSocket>(cloud_.port()));
    half_open.back()->send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  EXPECT_TRUE(device()->publish_acknowledged("x", ""));
  for (const auto& client : half_open) EXPECT_TRUE(client->is_closed());
}

TEST_F(SlowPeers, ASubscriberThatNeverReadsIsCutAndDelaysNobody) {
  const auto deaf = device();
  ASSERT_EQ(deaf->subscribe("flood"), 1);
  const std::string payload(100'000, 'x');
  LogCapture log;
  EXPECT_TRUE(eventually([&] {
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(honest_->publish_acknowledged("flood", payload));
    return cloud_.gateway().counters().sessions_open == 1;
  }));
  expect_logged(log.text(), "the device does not read");
}

/// Answers that are ours, not the engine's: the asker fills only its own queue.
TEST_F(SlowPeers, AnAskerThatNeverReadsIsCut) {
  const Identity identity = vendor_.issue();
  const auto asker = device_of(cloud_.staging, identity);
  LogCapture log;
  const std::string topic = "$aws/things/" + identity.thing_name + "/jobs/get";
  const std::string request = encoded(mqtt::Publish{.topic = topic, .payload = as_bytes("{}")});
  std::string many;
  while (many.size() < 100'000) many += request;
  EXPECT_TRUE(eventually([&] {
    asker->send_bytes(many);
    return cloud_.gateway().counters().sessions_open == 1;
  }));
  expect_logged(log.text(), "the device does not read");
}

}  // namespace
}  // namespace xl::gateway::testing
