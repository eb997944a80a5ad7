// SPDX-License-Identifier: Apache-2.0
// What the gateway asks of an MQTT engine that serves many accounts through the topic map (gateway/topic_map.hpp), run
// over every engine.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "contract/registry_suite.hpp"
#include "mqtt/packet.hpp"

namespace xl::contract {

/// An engine that runs; it ends with the object.
class RunningEngine {
 public:
  virtual ~RunningEngine() = default;
  virtual int connect() = 0;  ///< a descriptor that speaks MQTT with it; the caller's
};

struct Engine {
  std::string name;
  std::function<Result<std::unique_ptr<RunningEngine>>(const std::filesystem::path& folder)> start;
};

/// One client of one account: says and hears through the topic map, as a session of the gateway does.
class EngineClient {
 public:
  EngineClient(int descriptor, std::string account) : descriptor_(descriptor), account_(std::move(account)) {}
  ~EngineClient() { vanish(); }
  EngineClient(const EngineClient&) = delete;
  EngineClient& operator=(const EngineClient&) = delete;

  /// `connect` with the account's own client id and will topic; session_present, nullopt when it was refused.
  std::optional<bool> connect(const mqtt::Connect& connect);
  /// The SUBACK's code, at QoS 1; nullopt when the map has no such filter or no answer came.
  std::optional<int> subscribe(std::string_view filter);
  bool unsubscribe(std::string_view filter);
  /// At QoS 1; false when it was not acknowledged.
  bool publish(std::string_view topic, std::string_view payload, bool retain = false);
  /// "topic payload" of all that came, sorted, each marked "retained " when it says so; "closed" at the end when the
  /// connection was.
  std::vector<std::string> heard();
  /// The same of what comes by itself: until there are `count`, or for ten seconds.
  std::vector<std::string> heard_in_time(std::size_t count);
  bool is_closed();
  void leave();   ///< DISCONNECT
  void vanish();  ///< without a word

 private:
  void send(const mqtt::Packet& packet);
  /// The next packet of this kind. Messages before it are acknowledged and kept for heard().
  template <class T>
  bool await(const std::function<void(const T&)>& see = [](const T&) {});
  bool receive();
  void keep(const mqtt::Publish& publish);

  int descriptor_;
  const std::string account_;
  std::string input_;
  std::vector<std::string> messages_;
  bool fenced_ = false;
};

class EngineContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  std::unique_ptr<EngineClient> client_of(const std::string& account);
  /// The same, connected with a clean session.
  std::unique_ptr<EngineClient> connected(const std::string& account, std::string_view client_id);
  /// Connected with a session that lasts.
  std::unique_ptr<EngineClient> lasting(const std::string& account, std::string_view client_id, bool is_known);

  test::TemporaryFolder folder_;
  std::unique_ptr<RunningEngine> engine_;
};

inline const std::string kOurs = kVendor;
inline const std::string kTheirs = kCustomer;

}  // namespace xl::contract
