// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/wpa_supplicant.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <map>

#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using State = Wifi::State;
using testing::TemporaryFolder;
using testing::turn_until;

/// wpa_supplicant's end of the control socket: answers as told, keeps what it was told.
class Supplicant {
 public:
  Supplicant(EventLoop& loop, std::string path) : loop_(loop), path_(std::move(path)) { start(); }
  ~Supplicant() { stop(); }

  void start() {
    socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    path_.copy(own.sun_path, sizeof own.sun_path - 1);
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    loop_.watch(socket_.get(), POLLIN, [this](short) { answer(); });
  }
  void stop() {
    loop_.forget(socket_.get());
    socket_ = Descriptor();
    ::unlink(path_.c_str());
  }
  void tell(std::string_view text) {
    ASSERT_EQ(
        ::sendto(socket_.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&peer_), peer_size_),
        static_cast<ssize_t>(text.size()));
  }
  bool has(std::string_view command) const { return std::ranges::find(commands, command) != commands.end(); }

  std::vector<std::string> commands;
  std::map<std::string, std::string> replies;  ///< by the command, or by its first word; else OK
  bool is_silent = false;

 private:
  void answer() {
    std::array<char, 4096> buffer{};
    peer_size_ = sizeof peer_;
    const ssize_t size =
        ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&peer_), &peer_size_);
    ASSERT_GE(size, 0);
    const std::string text(buffer.data(), static_cast<std::size_t>(size));
    commands.push_back(text);
    if (is_silent || peer_size_ <= sizeof peer_.sun_family) return;
    auto found = replies.find(text);
    if (found == replies.end()) found = replies.find(text.substr(0, text.find(' ')));
    tell(found == replies.end() ? "OK\n" : found->second);
  }

  EventLoop& loop_;
  std::string path_;
  Descriptor socket_;
  sockaddr_un peer_{};
  socklen_t peer_size_ = sizeof peer_;
};

class Wpa : public ::testing::Test {
 protected:
  void SetUp() override {
    supplicant_.replies["ADD_NETWORK"] = "7\n";
    supplicant_.replies["STATUS"] = "wpa_state=COMPLETED\nip_address=192.0.2.5\n";
    auto opened = WpaSupplicant::open(loop_, path_);
    ASSERT_TRUE(opened) << opened.error().detail;
    wifi_ = *std::move(opened);
  }
  bool hears(std::string_view command) {
    return turn_until(loop_, [&] { return supplicant_.has(command); });
  }
  bool becomes(State state) {
    return turn_until(loop_, [&] { return wifi_->state() == state; });
  }
  void select(std::string_view ssid, std::string_view passphrase) {
    wifi_->join(ssid, passphrase);
    ASSERT_TRUE(hears("SELECT_NETWORK 7"));
    EXPECT_EQ(wifi_->state(), State::joining);
  }

  TemporaryFolder folder_;
  const std::string path_ = (folder_.path() / "wlan0").string();
  EventLoop loop_;
  Supplicant supplicant_{loop_, path_};
  std::unique_ptr<WpaSupplicant> wifi_;
};

constexpr std::string_view kConnected =
    "<3>CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:01 completed [id=7 id_str=]";

TEST_F(Wpa, JoinsAndFollowsTheConnection) {
  EXPECT_EQ(wifi_->state(), State::down);
  select("h\"o me", R"(a"b \ c")");
  EXPECT_TRUE(supplicant_.has("ATTACH"));
  EXPECT_TRUE(supplicant_.has("SET_NETWORK 7 ssid 68226f206d65"));
  EXPECT_TRUE(supplicant_.has(R"(SET_NETWORK 7 psk "a"b \ c"")"));
  supplicant_.tell(kConnected);
  EXPECT_TRUE(becomes(State::up));
  const auto so_far = supplicant_.commands.size();
  wifi_->join("h\"o me", R"(a"b \ c")");
  EXPECT_EQ(wifi_->state(), State::up) << "it is there already";
  supplicant_.tell("<3>CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:01 reason=3");
  EXPECT_TRUE(becomes(State::joining));
  supplicant_.tell(kConnected);
  EXPECT_TRUE(becomes(State::up));
  EXPECT_EQ(supplicant_.commands.size(), so_far + 1) << "only STATUS";
  supplicant_.is_silent = true;
  wifi_.reset();
  EXPECT_TRUE(hears("REMOVE_NETWORK 7"));
  EXPECT_TRUE(hears("DETACH"));
}

TEST_F(Wpa, IsUpOnlyWithAnAddress) {
  supplicant_.replies["STATUS"] = "wpa_state=COMPLETED\n";
  select("home", "its-secret");
  supplicant_.tell(kConnected);
  ASSERT_TRUE(hears("STATUS"));
  EXPECT_EQ(wifi_->state(), State::joining);
  supplicant_.replies["STATUS"] = "wpa_state=COMPLETED\nip_address=192.0.2.5\n";
  EXPECT_TRUE(becomes(State::up));
}

TEST_F(Wpa, OpenNetworksAndKeysAreWrittenAsSuch) {
  select("guests", "");
  EXPECT_TRUE(supplicant_.has("SET_NETWORK 7 key_mgmt NONE"));
  supplicant_.commands.clear();
  const std::string key(64, 'a');
  select("home", key);
  EXPECT_TRUE(supplicant_.has("REMOVE_NETWORK 7"));
  EXPECT_TRUE(supplicant_.has("SET_NETWORK 7 psk " + key));
}

TEST_F(Wpa, AWrongPassphraseIsAFailure) {
  select("home", "mistyped");
  supplicant_.tell(R"(<3>CTRL-EVENT-SSID-TEMP-DISABLED id=3 ssid="x" auth_failures=1 duration=10 reason=WRONG_KEY)");
  supplicant_.tell(
      R"(<3>CTRL-EVENT-SSID-TEMP-DISABLED id=7 ssid="home" auth_failures=1 duration=10 reason=CONN_FAILED)");
  supplicant_.tell(R"(<3>CTRL-EVENT-SSID-TEMP-DISABLED id=7 ssid="home" auth_failures=1 duration=10 reason=WRONG_KEY)");
  EXPECT_TRUE(becomes(State::down));
  EXPECT_TRUE(hears("DISABLE_NETWORK 7"));
  supplicant_.commands.clear();
  select("home", "its-secret");
  supplicant_.tell(kConnected);
  EXPECT_TRUE(becomes(State::up));
}

TEST_F(Wpa, ANetworkThatIsNotThereIsAFailure) {
  select("nowhere", "its-secret");
  for (int i = 0; i < 3; ++i) supplicant_.tell("<3>CTRL-EVENT-NETWORK-NOT-FOUND ");
  EXPECT_TRUE(becomes(State::down));
}

TEST_F(Wpa, WhatItRefusesIsAFailure) {
  wifi_->join("", "");
  EXPECT_EQ(wifi_->state(), State::down);
  wifi_->join("home", "short");
  EXPECT_EQ(wifi_->state(), State::down);
  supplicant_.replies["SET_NETWORK 7 psk \"its-secret\""] = "FAIL\n";
  wifi_->join("home", "its-secret");
  EXPECT_EQ(wifi_->state(), State::joining);
  EXPECT_TRUE(becomes(State::down));
  supplicant_.replies["ADD_NETWORK"] = "FAIL\n";
  wifi_->join("home", "another-secret");
  EXPECT_TRUE(becomes(State::down));
}

TEST_F(Wpa, ANewJoinReplacesTheOneUnderWay) {
  wifi_->join("first", "its-secret");
  wifi_->join("second", "its-secret");
  ASSERT_TRUE(hears("SET_NETWORK 7 ssid 7365636f6e64"));
  EXPECT_TRUE(supplicant_.has("REMOVE_NETWORK 7")) << "the first one's network does not stay";
  EXPECT_FALSE(supplicant_.has("SET_NETWORK 7 ssid 6669727374"));
}

TEST_F(Wpa, LeavesANetworkAndOneThatItIsStillJoining) {
  select("home", "its-secret");
  supplicant_.tell(kConnected);
  ASSERT_TRUE(becomes(State::up));
  wifi_->leave();
  EXPECT_EQ(wifi_->state(), State::down);
  EXPECT_TRUE(hears("REMOVE_NETWORK 7"));
  wifi_->leave();
  supplicant_.commands.clear();
  wifi_->join("home", "its-secret");
  wifi_->leave();  // before wpa_supplicant has said its number
  EXPECT_TRUE(hears("REMOVE_NETWORK 7"));
  EXPECT_EQ(wifi_->state(), State::down);
  select("home", "its-secret");
}

TEST_F(Wpa, ScansOnceForEverybodyWhoAsks) {
  supplicant_.replies["SCAN_RESULTS"] =
      "bssid / frequency / signal level / flags / ssid\n"
      "02:00:00:00:00:01\t2412\t-70\t[WPA2-PSK-CCMP][ESS]\thome\n"
      "02:00:00:00:00:02\t5180\t-50\t[WPA2-PSK+SAE-CCMP][ESS]\thome\n"
      "02:00:00:00:00:03\t2412\t-60\t[ESS]\tcaf\\xc3\\xa9 \\\"1\\\"\n"
      "02:00:00:00:00:04\t2412\t-40\t[WPA2-EAP-CCMP][ESS]\toffice\n"
      "02:00:00:00:00:05\t2412\t-40\t[WPA2-PSK-CCMP][ESS]\t\n"
      "02:00:00:00:00:06\t2412\t-40\t[ESS]\tbroken \\q\n"
      "02:00:00:00:00:07\t2412\n";
  std::vector<Wifi::Networks> found;
  for (int i = 0; i < 2; ++i)
    wifi_->scan(std::chrono::seconds(10), [&](Wifi::Networks networks) { found.push_back(std::move(networks)); });
  ASSERT_TRUE(hears("SCAN"));
  EXPECT_TRUE(found.empty());
  supplicant_.tell("<3>CTRL-EVENT-SCAN-RESULTS ");
  ASSERT_TRUE(turn_until(loop_, [&] { return found.size() == 2; }));
  EXPECT_EQ(std::ranges::count(supplicant_.commands, "SCAN"), 1);
  ASSERT_EQ(found[0].size(), 2U);
  EXPECT_EQ(found[0][0].ssid, "home");
  EXPECT_EQ(found[0][0].signal_dbm, -50);
  EXPECT_FALSE(found[0][0].is_open);
  EXPECT_EQ(found[0][1].ssid, "caf\xC3\xA9 \"1\"");
  EXPECT_TRUE(found[0][1].is_open);
}

TEST_F(Wpa, TellsWhatIsKnownWhenTheTimeOfAScanIsOver) {
  supplicant_.replies["SCAN_RESULTS"] =
      "bssid / frequency / signal level / flags / ssid\n"
      "02:00:00:00:00:01\t2412\t-70\t[WPA2-PSK-CCMP][ESS]\thome\n";
  unsigned answers = 0;
  const auto count = [&](const Wifi::Networks& networks) { answers += networks.size() == 1 ? 1 : 0; };
  wifi_->scan(std::chrono::hours(1), count);
  wifi_->scan(std::chrono::milliseconds(20), count);
  EXPECT_TRUE(turn_until(loop_, [&] { return answers == 2; }));
  EXPECT_EQ(std::ranges::count(supplicant_.commands, "SCAN"), 1);
}

TEST_F(Wpa, OutlivesARestartOfWpaSupplicant) {
  select("home", "its-secret");
  supplicant_.tell(kConnected);
  ASSERT_TRUE(becomes(State::up));
  supplicant_.tell("<3>CTRL-EVENT-TERMINATING ");
  ASSERT_TRUE(becomes(State::down));
  supplicant_.stop();
  bool asked = false;
  wifi_->scan(std::chrono::seconds(10), [&](const Wifi::Networks& networks) { asked = networks.empty(); });
  EXPECT_TRUE(asked);
  wifi_->join("home", "its-secret");
  EXPECT_EQ(wifi_->state(), State::down);
  supplicant_.start();
  supplicant_.commands.clear();
  select("home", "its-secret");
  supplicant_.tell(kConnected);
  EXPECT_TRUE(becomes(State::up));
}

TEST_F(Wpa, ASilentOneIsAFailure) {
  ASSERT_TRUE(hears("ATTACH"));
  supplicant_.is_silent = true;
  wifi_->join("home", "its-secret");
  EXPECT_TRUE(becomes(State::down));
}

TEST(WpaSupplicantOpen, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EventLoop loop;
  const auto refused = WpaSupplicant::open(loop, (folder.path() / "wlan0").string());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().detail.find("No such file"), std::string::npos) << refused.error().detail;
  EXPECT_FALSE(WpaSupplicant::open(loop, std::string(200, 'x')));
}

TEST(WpaText, ReadsEventsWhateverTheNetworkIsCalled) {
  using Kind = wpa::Event::Kind;
  const auto event = wpa::parse_event(
      R"(<3>CTRL-EVENT-SSID-TEMP-DISABLED id=12 ssid="a id=3 reason=X" auth_failures=1 reason=AUTH_FAILED)");
  EXPECT_EQ(event.kind, Kind::refused);
  EXPECT_EQ(event.network, 12U);
  EXPECT_EQ(event.reason, "AUTH_FAILED");
  EXPECT_EQ(wpa::parse_event("<2>CTRL-EVENT-SCAN-STARTED ").kind, Kind::other);
  EXPECT_EQ(wpa::parse_event("<").kind, Kind::other);
  EXPECT_EQ(wpa::parse_event("<3>").kind, Kind::other);
}

TEST(WpaText, UndoesTheEscapesOfSsids) {
  EXPECT_EQ(wpa::decode_ssid("plain"), "plain");
  EXPECT_EQ(wpa::decode_ssid(R"(\\\"\n\r\t\e\x00\xFf)"), std::string("\\\"\n\r\t\x1B\0\xFF", 8));
  for (const char* broken : {"\\", "\\q", "\\x", "\\x1", "\\xg0"}) EXPECT_FALSE(wpa::decode_ssid(broken)) << broken;
}

}  // namespace
}  // namespace xl::platform
