// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/simulated_wifi.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using State = Wifi::State;
using testing::TemporaryFolder;
using testing::write_file;

class OnAir : public ::testing::Test {
 protected:
  State outcome_of(std::string_view ssid, std::string_view passphrase) {
    wifi_.join(ssid, passphrase);
    while (wifi_.state() == State::joining) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return wifi_.state();
  }
  SimulatedWifi opened() {
    write_file(file_, "# the house\nhome\tits-secret\t-40\nguests\t\t-70\nfar away\tanother-secret\t-85\n");
    return SimulatedWifi::open(file_).value();
  }
  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "air";
  SimulatedWifi wifi_ = opened();
};

TEST_F(OnAir, JoinsWithTheRightPassphraseOnly) {
  EXPECT_EQ(wifi_.state(), State::down);
  wifi_.join("home", "its-secret");
  EXPECT_EQ(wifi_.state(), State::joining);
  EXPECT_EQ(outcome_of("home", "its-secret"), State::up);
  EXPECT_EQ(outcome_of("home", "mistyped"), State::down);
  EXPECT_EQ(outcome_of("home", ""), State::down);
  EXPECT_EQ(outcome_of("guests", ""), State::up);
  EXPECT_EQ(outcome_of("nowhere", "its-secret"), State::down);
  EXPECT_EQ(outcome_of("", ""), State::down);
}

TEST_F(OnAir, IsLostWithItsAccessPoint) {
  ASSERT_EQ(outcome_of("home", "its-secret"), State::up);
  write_file(file_, "guests\t\n");
  EXPECT_EQ(wifi_.state(), State::down);
  write_file(file_, "no tab in this line\n");
  EXPECT_EQ(wifi_.state(), State::down);
}

TEST_F(OnAir, IsLeftUntilItIsJoinedAgain) {
  ASSERT_EQ(outcome_of("home", "its-secret"), State::up);
  wifi_.leave();
  EXPECT_EQ(wifi_.state(), State::down);
  EXPECT_EQ(outcome_of("home", "its-secret"), State::up);
}

TEST_F(OnAir, ScansStrongestFirst) {
  Wifi::Networks found;
  wifi_.scan(std::chrono::seconds(1), [&](Wifi::Networks networks) { found = std::move(networks); });
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].ssid, "home");
  EXPECT_FALSE(found[0].is_open);
  EXPECT_EQ(found[1].ssid, "guests");
  EXPECT_TRUE(found[1].is_open);
  EXPECT_EQ(found[2].ssid, "far away");
}

TEST_F(OnAir, ExplainsAFileThatIsNone) {
  EXPECT_EQ(SimulatedWifi::open(folder_.path() / "missing").error().code, Errc::io);
  for (const std::string& line : {std::string("home"), std::string("home\tshort"), std::string("\tits-secret"),
                                  std::string("home\tits-secret\tloud"), std::string(33, 's') + "\tits-secret"}) {
    write_file(file_, "# one\n" + line + "\n");
    const auto refused = SimulatedWifi::open(file_);
    ASSERT_FALSE(refused) << line;
    EXPECT_NE(refused.error().detail.find("line 2"), std::string::npos) << refused.error().detail;
  }
}

TEST(Passphrases, AreWhatWpaTakes) {
  EXPECT_TRUE(is_passphrase(""));
  EXPECT_TRUE(is_passphrase("12345678"));
  EXPECT_TRUE(is_passphrase(std::string(63, 'x')));
  EXPECT_TRUE(is_passphrase(std::string(64, 'a')));
  EXPECT_FALSE(is_passphrase("1234567"));
  EXPECT_FALSE(is_passphrase(std::string(64, 'x')));
  EXPECT_FALSE(is_passphrase(std::string(65, 'a')));
  EXPECT_FALSE(is_passphrase("two\nlines"));
}

TEST(Networks, AreShownOnceWithoutHiddenOnes) {
  const auto shown = without_repetitions(
      {{"a", -80, false}, {"", -10, false}, {"b", -50, true}, {"a", -40, false}, {std::string(4, '\0'), -5, false}});
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].ssid, "a");
  EXPECT_EQ(shown[0].signal_dbm, -40);
  EXPECT_EQ(shown[1].ssid, "b");
}

}  // namespace
}  // namespace xl::platform
